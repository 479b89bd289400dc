"""Links for customers: made, looked after, taken back."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms.parties import reachable
from journal.idempotency import form_once
from journal.models import Entry
from library import queries, services
from library.forms import ProlongForm, ShareForm, end_of
from library.models import Material, Share
from library.queries.finding import matching
from library.queries.shares import VIEWS
from library.queries.subjects import account_of, contact_with, page_of, people_of, seen
from library.views import material as material_page
from library.views.doors import CONFLICTS, KEEPS, SEES, SHARES, material, number, share
from people.doors import me

MOST_OFFERED = 40
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@require_safe
@permission_required(SEES, raise_exception=True)
def shares(request: HttpRequest) -> HttpResponse:
    """What is out, and whether anybody looked."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    mine = request.GET.get("who") == "me"
    page, lines = queries.shares_page(
        me(request), view, timezone.now(), mine=mine, after=request.GET.get("after", "")
    )
    context = {
        "view": view, "mine": mine, "page": page, "lines": lines, "tabs": VIEWS.items(),
        "may": me(request).has_perm(SHARES),
    }  # fmt: skip
    return TemplateResponse(request, "library/shares.html", context)


@require_safe
@permission_required(SEES, raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return shown(request, share(request, pk))


def shown(
    request: HttpRequest, row: Share, *, status: int = 200, problem: str = "",
    form: ProlongForm | None = None,
) -> HttpResponse:  # fmt: skip
    now, user = timezone.now(), me(request)
    soon = timezone.localtime(max(row.expires_at, now) + timedelta(days=30)).date()
    context = {
        "row": row, "problem": problem, "form": form or ProlongForm(initial={"until": soon}),
        "works": row.works(now), "link": services.link_of(row) if row.works(now) else "",
        "looked": queries.looked_at(row), "visits": queries.visits(row),
        "about_url": page_of(row.subject_type, row.subject_id), "may": user.has_perm(KEEPS),
        "history": Entry.objects.about(row).newest_first()[:20],
    }  # fmt: skip
    return TemplateResponse(request, "library/share.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SHARES, raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Share chosen material: `m` names it, `about` and `id` what it is for, `q` finds more."""
    subject = _subject(request)
    people = people_of(subject)
    if request.method != "POST":
        offered, chosen = _offered(request, subject)
        initial = {
            "materials": chosen, "contact": next((one.pk for one in reachable(list(people))), None),
            "until": timezone.localdate() + services.USUALLY, "download": True,
            "title": f"Material for {subject}" if subject is not None and len(chosen) > 1 else "",
        }  # fmt: skip
        return _form(request, ShareForm(offered, people, initial=initial), subject)
    offered, _ = _offered(request, subject)
    form = ShareForm(offered, people, request.POST)
    if not form.is_valid():
        return _form(request, form, subject, status=UNPROCESSABLE)
    return _share(request, form, subject)


def _share(request: HttpRequest, form: ShareForm, subject: Model | None) -> HttpResponse:
    data, user = form.cleaned_data, me(request)
    contact = data["contact"] or contact_with(user, data["email"])
    names = ("gate", "domain", "watermark", "download")
    rules = services.Rules(end_of(data["until"]), **{name: data[name] for name in names})

    def effect() -> str:
        made = services.share(
            data["materials"], rules=rules, contact=contact, email=data["email"],
            title=data["title"], words=data["words"], subject=subject,
            account=account_of(subject), mail=data["mail"], by=user, at=timezone.now(),
        )  # fmt: skip
        return reverse("library:share", args=[made.pk])

    try:
        target = form_once(request, effect)
    except CONFLICTS as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, subject, status=HTTPStatus.CONFLICT)
    except services.BadShare as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _form(request, form, subject, status=UNPROCESSABLE)
    words = "The guest gets a mail with the link." if data["mail"] else "Copy the link below."
    messages.success(request, f"Shared. {words}")
    return redirect(target)


def _subject(request: HttpRequest) -> Model | None:
    """What it is for, by the address or by the form; nothing for what cannot be seen."""
    got = request.POST if request.method == "POST" else request.GET
    pk = number(got.get("id", ""))
    label = got.get("about", "")[:60].replace("\0", "")
    return seen(me(request), label, pk) if pk and label else None


def _offered(request: HttpRequest, subject: Model | None) -> tuple[list[Material], list[int]]:
    """What can be ticked: what was chosen, what was looked for, what is suggested, favourites."""
    got = request.POST if request.method == "POST" else request.GET
    named = got.getlist("materials" if request.method == "POST" else "m")[:MOST_OFFERED]
    chosen = [pk for text in named if (pk := number(text)) is not None]
    now, user = timezone.now(), me(request)
    live = Material.objects.offered(services.today(now))
    found = list(live.filter(pk__in=chosen))
    text = got.get("q", "")[:200].strip()
    if text:
        found += list(live.filter(pk__in=[one.pk for one in matching(text)[:20]]))
    if subject is not None:
        found += [one.material for one in queries.suggest_for(subject, at=now)]
    if len(found) < MOST_OFFERED:
        found += list(live.filter(favourites__user=user).order_by("-favourites__at")[:10])
    return list({one.pk: one for one in found}.values())[:MOST_OFFERED], chosen


def _form(
    request: HttpRequest, form: ShareForm, subject: Model | None, *, status: int = 200
) -> HttpResponse:
    label = subject._meta.label_lower if subject is not None else ""
    context = {
        "form": form, "subject": subject, "about": label, "id": subject.pk if subject else "",
        "q": request.GET.get("q", "")[:200], "chosen": request.GET.getlist("m")[:MOST_OFFERED],
        "back": page_of(label, subject.pk) if subject is not None else reverse("library:materials"),
    }  # fmt: skip
    return TemplateResponse(request, "library/share_form.html", context, status=status)


@require_POST
@permission_required(SHARES, raise_exception=True)
def share_now(request: HttpRequest, pk: int) -> HttpResponse:
    """One click: a link for thirty days, for the first person of what it is for."""
    row, subject = material(pk), _subject(request)
    contact = next(iter(reachable(list(people_of(subject)))), None)

    def effect() -> str:
        now = timezone.now()
        made = services.share(
            [row], rules=services.Rules(now + services.USUALLY), contact=contact, subject=subject,
            account=account_of(subject), by=me(request), at=now,
        )  # fmt: skip
        return reverse("library:share", args=[made.pk])

    try:
        target = form_once(request, effect)
    except (services.BadShare, *CONFLICTS) as refusal:
        conflict = HTTPStatus.CONFLICT
        return material_page.shown(request, row, status=conflict, problem=str(refusal))
    messages.success(request, "Shared for 30 days. Copy the link, or mail it.")
    return redirect(target)


Act = Callable[[HttpRequest, Share], None]


def _step(act: Act, done: str) -> Any:
    """A door for one step on a share."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = share(request, pk)

        def effect() -> str:
            act(request, row)
            return reverse("library:share", args=[pk])

        try:
            target = form_once(request, effect)
        except CONFLICTS as refusal:
            conflict = HTTPStatus.CONFLICT
            return shown(request, share(request, pk), status=conflict, problem=str(refusal))
        except services.BadShare as refusal:
            row = share(request, pk)
            return shown(request, row, status=UNPROCESSABLE, problem=str(refusal))
        messages.success(request, done)
        return redirect(target)

    return require_POST(permission_required(KEEPS, raise_exception=True)(view))


revoke = _step(
    lambda request, row: services.revoke(row, by=me(request), at=timezone.now()),
    "Revoked. The link does not work any more.",
)
mail = _step(
    lambda request, row: services.mail_again(row, by=me(request), at=timezone.now()),
    "The guest gets a mail with the link.",
)


@require_POST
@permission_required(KEEPS, raise_exception=True)
def prolong(request: HttpRequest, pk: int) -> HttpResponse:
    """Another last day."""
    row, form = share(request, pk), ProlongForm(request.POST)
    if not form.is_valid():
        return shown(request, row, status=UNPROCESSABLE, form=form)
    until = end_of(form.cleaned_data["until"])
    try:
        services.prolong(row, expires_at=until, by=me(request), at=timezone.now())
    except services.BadShare as refusal:
        form.add_error("until", str(refusal))
        return shown(request, share(request, pk), status=UNPROCESSABLE, form=form)
    except services.Settled as refusal:
        conflict = HTTPStatus.CONFLICT
        return shown(request, share(request, pk), status=conflict, problem=str(refusal))
    messages.success(request, "The link works until then.")
    return redirect("library:share", pk)
