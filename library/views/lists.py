"""All material: searched, filtered, chosen to be shared."""

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from library import queries
from library.models import Kind, Material, Sort
from library.services import today
from library.views.doors import ADD, SHARES, VIEW, number
from people.doors import me
from people.models import User

TABS = (("", "All"), ("favourites", "My favourites"), ("expiring", "Expiring"), ("archived", "Archived"))  # fmt: skip
LABELS = {
    Sort.STAGE: "Stage", Sort.INDUSTRY: "Industry", Sort.PRODUCT: "Product", Sort.LANGUAGE: "Language",
}  # fmt: skip


def asked(request: HttpRequest) -> queries.Filters:
    """The filters in the address; what cannot be one is left out."""
    got = {name: request.GET.get(name, "").replace("\0", "").strip() for name in request.GET}
    kind, view = got.get("kind", ""), got.get("view", "")
    return queries.Filters(
        text=got.get("q", "")[:200], kind=kind if kind in Kind.values else "",
        tags={sort.value: got.get(sort.value, "")[:60] for sort in LABELS},
        owner=number(got.get("owner", "")), view=view if view in dict(TABS) else "",
    )  # fmt: skip


@require_safe
@permission_required(VIEW, raise_exception=True)
def materials(request: HttpRequest) -> HttpResponse:
    """What there is to show to customers."""
    user, filters = me(request), asked(request)
    page, lines = queries.page(
        user, filters, today(timezone.now()), after=request.GET.get("after", "")
    )
    offered = queries.choices()
    context = {
        "page": page, "lines": lines, "filters": filters, "tabs": TABS, "kinds": Kind.choices,
        "facets": [
            (sort.value, label, offered[sort], filters.tags[sort.value])
            for sort, label in LABELS.items()
        ],
        "owners": _owners(),
        "may_add": user.has_perm(ADD), "may_share": user.has_perm(SHARES),
    }  # fmt: skip
    return TemplateResponse(request, "library/materials.html", context)


def _owners() -> QuerySet[User]:
    """Colleagues who have material."""
    owning = Material.objects.live().values("owner")
    return User.objects.filter(pk__in=owning).order_by("name", "pk")[:100]
