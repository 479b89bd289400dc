"""Announcements: the list, one of them, writing, and what its readers do."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from announcements import links, queries, services
from announcements.forms import PRODUCT, AnnouncementForm
from announcements.models import Announcement, Kind
from journal.idempotency import form_once
from kit.pages import keyset_page
from kit.prose import html_of
from people.doors import me

TABS = {"current": "Current", "confirm": "To confirm", "past": "Past"}
READERS = 300
CARDS = 5
BIGGEST = 2**63
reads = permission_required("announcements.view_announcement", raise_exception=True)
adds = permission_required("announcements.add_announcement", raise_exception=True)
changes = permission_required("announcements.change_announcement", raise_exception=True)


def visible(request: HttpRequest, pk: int) -> Announcement:
    """The announcement, if this person may see it; 404 otherwise."""
    rows = Announcement.objects.visible_to(me(request)).select_related("created_by", "withdrawn_by")
    return get_object_or_404(rows, pk=pk if pk < BIGGEST else 0)


@require_safe
@reads
def announcements(request: HttpRequest) -> HttpResponse:
    """Newest first; those that write see how many have read each."""
    user = me(request)
    tab = request.GET.get("tab", "current")
    tab = tab if tab in TABS else "current"
    today = queries.today_of(user, timezone.now())
    rows = Announcement.objects.visible_to(user)
    rows = rows.over(today) if tab == "past" else rows.standing(today)
    if tab == "confirm":
        rows = rows.for_reader(user).to_confirm(user)
    page = keyset_page(
        rows.values("pk", "kind", "title", "important", "valid_until", "created_at", "edited_at",
                    "withdrawn_at", "created_by__name"),
        keys=("-pk",), after=request.GET.get("after", ""),
    )  # fmt: skip
    writes = user.has_perm("announcements.change_announcement")
    counted = queries.counts([row["pk"] for row in page.rows]) if writes and page.rows else {}
    for row in page.rows:
        row |= {"label": Kind(row["kind"]).label, "count": counted.get(row["pk"])}
    context = {"page": page, "tab": tab, "tabs": TABS, "writes": writes}
    return TemplateResponse(request, "announcements/announcements.html", context)


@require_safe
@reads
def slot(request: HttpRequest) -> HttpResponse:
    """The cards on Home; a page by themselves without htmx."""
    return _slot(request)


def _slot(request: HttpRequest, *, status: int = HTTPStatus.OK, problem: str = "") -> HttpResponse:
    user = me(request)
    rows = Announcement.objects.for_reader(user).standing(queries.today_of(user, timezone.now()))
    cards = list(
        rows.on_home(user).select_related("created_by").order_by("-important", "-pk")[:CARDS]
    )
    fragment = "#slot" if "HX-Request" in request.headers else ""
    context = {"cards": cards, "problem": problem}
    return TemplateResponse(request, f"announcements/slot.html{fragment}", context, status=status)


@require_safe
@reads
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """What it says, what it is about, the talk about it; for writers, who has read it."""
    return _page(request, visible(request, pk))


def _page(
    request: HttpRequest, row: Announcement, *, status: int = HTTPStatus.OK, problem: str = ""
) -> HttpResponse:
    user = me(request)
    writes = user.has_perm("announcements.change_announcement")
    one = queries.reading_of(row, user)
    mine = Announcement.objects.for_reader(user).filter(pk=row.pk).exists()
    context = {
        "row": row, "body": mark_safe(html_of(row.body)),  # noqa: S308 - cleaned
        "links": links.shown_to(user, row.links.order_by("pk")), "writes": writes,
        "over": row.valid_until is not None and row.valid_until < queries.today_of(user, timezone.now()),
        "mine": mine and row.withdrawn_at is None, "seen": one.seen_version >= row.asks_version,
        "confirmed_at": one.confirmed_at if one.confirmed_version >= row.asks_version else None,
        "past": row.past.select_related("changed_by").order_by("-version")[:20],
        "readers": queries.reading_rows(row, most=READERS) if writes else [],
        "counts": queries.counts([row.pk])[row.pk] if writes else None, "problem": problem,
    }  # fmt: skip
    return TemplateResponse(request, "announcements/announcement.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@adds
def new(request: HttpRequest) -> HttpResponse:
    """Write one; `?product=` and `?kind=` begin it."""
    if request.method != "POST":
        return _form(request, AnnouncementForm(initial=_prefilled(request)))
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def effect() -> str:
        row = services.publish(**form.fields_of(), by=me(request), at=timezone.now())
        return reverse("announcements:announcement", args=[row.pk])

    try:
        target = form_once(request, effect)
    except services.BadAnnouncement as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "Published. Its readers are told now.")
    return redirect(target)


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    sku = request.GET.get("product", "").replace("\0", "").strip()[:60]
    kind = request.GET.get("kind", "")
    start: dict[str, Any] = {"kind": kind if kind in Kind.values else Kind.NEWS}
    name = links.title_of(PRODUCT, sku) if sku else ""
    if name:
        word = {Kind.PRICE: "Price", Kind.STOCK: "Stock"}.get(start["kind"], "About")
        start |= {"products": sku, "title": f"{word}: {name}"[:200]}
    return start


@require_http_methods(["GET", "HEAD", "POST"])
@changes
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change it; what it said before stays readable."""
    row = visible(request, pk)
    if request.method != "POST":
        return _form(request, AnnouncementForm.of(row), row=row)
    form = AnnouncementForm(request.POST, editing=True)
    if not form.is_valid():
        return _form(request, form, row=row, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    version = form.cleaned_data["version"] or 0
    try:
        services.change(row, version=version, **form.fields_of(), by=me(request), at=timezone.now())
    except (services.ChangedMeanwhile, services.Withdrawn) as refusal:
        newest = request.POST.copy()
        newest["version"] = str(Announcement.objects.get(pk=row.pk).version)
        form.data = newest
        form.add_error(None, str(refusal))
        return _form(request, form, row=row, status=HTTPStatus.CONFLICT)
    except services.BadAnnouncement as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, row=row, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "Saved.")
    return redirect("announcements:announcement", pk)


def _form(
    request: HttpRequest, form: AnnouncementForm, *, row: Announcement | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    context = {"form": form, "row": row}
    return TemplateResponse(request, "announcements/form.html", context, status=status)


@require_POST
@changes
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    services.withdraw(visible(request, pk), by=me(request), at=timezone.now())
    messages.success(request, "Withdrawn. It stands under Past.")
    return redirect("announcements:announcement", pk)


@require_POST
@changes
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """One click reminds everybody who has not read or confirmed it."""
    row = visible(request, pk)

    def effect() -> str:
        left = services.remind(row, by=me(request), at=timezone.now())
        messages.success(
            request, f"{left} {'person is' if left == 1 else 'people are'} reminded now."
        )
        return reverse("announcements:announcement", args=[pk])

    try:
        return redirect(form_once(request, effect))
    except (services.TooSoon, services.NobodyLeft) as refusal:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=str(refusal))


@require_POST
@reads
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """The page says by itself that somebody looks at it; without JavaScript a button does."""
    row = visible(request, pk)
    services.opened(row, by=me(request), at=timezone.now())
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return redirect("announcements:announcement", pk)


@require_POST
@reads
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row, said = visible(request, pk), request.POST.get("version", "")
    version = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0  # noqa: PLR2004 - no version is longer
    try:
        services.confirm(row, version=version, by=me(request), at=timezone.now())
    except services.NotAsked as refusal:
        return _page(
            request, visible(request, pk), status=HTTPStatus.CONFLICT, problem=str(refusal)
        )
    messages.success(request, "Thank you: confirmed.")
    return redirect("announcements:announcement", pk)


@require_POST
@reads
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Off my Home; htmx gets the cards that are left."""
    problem, status = "", HTTPStatus.OK
    try:
        services.dismiss(visible(request, pk), by=me(request), at=timezone.now())
    except services.NotAsked as refusal:
        problem, status = str(refusal), HTTPStatus.CONFLICT
    if "HX-Request" in request.headers or problem:
        return _slot(request, status=status, problem=problem)
    return redirect("desk:home")
