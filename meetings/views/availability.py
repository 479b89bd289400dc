"""When somebody can be booked: the own rules for everybody, those of others for the desk."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from meetings.forms_availability import BlockForm, RulesForm
from meetings.models import FeedLink, FocusBlock
from meetings.queries import availability as queries
from meetings.services import feeds
from meetings.services import rules as services
from people.doors import me
from people.models import Absence, User

may = permission_required("meetings.view_bookingrules", raise_exception=True)
AWAY_SHOWN, AWAY_FOR = 5, timedelta(days=90)


def person(request: HttpRequest, pk: int) -> User:
    """Herself, or a colleague whom the desk may book.

    :raises PermissionDenied: for a colleague, unless this person books for others.
    """
    user = me(request)
    if pk != user.pk and not user.has_perm("meetings.change_bookingrules"):
        raise PermissionDenied
    rows = User.objects.active().select_related("team__calendar", "department__calendar")
    return get_object_or_404(rows, pk=pk)


@require_safe
@may
def mine(request: HttpRequest) -> HttpResponse:
    """The own page; the choice of a colleague leads to hers."""
    user, wanted = me(request), request.GET.get("user", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 and int(wanted) != user.pk:  # noqa: PLR2004
        return redirect("meetings:availability_of", int(wanted))
    return page(request, person(request, user.pk))


@require_safe
@may
def of_person(request: HttpRequest, user: int) -> HttpResponse:
    """The page of one person, as the desk sees it: without addresses and without her feed."""
    return page(request, person(request, user))


def page(request: HttpRequest, who: User, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page with everything; `extra` replaces a form that was refused, or shows a new address."""
    now, viewer = timezone.now(), me(request)
    books = viewer.has_perm("meetings.change_bookingrules")
    away = Absence.objects.filter(user=who, ends_at__gt=now, starts_at__lt=now + AWAY_FOR)
    context: dict[str, Any] = {
        "who": who, "own": who.pk == viewer.pk, "books": books,
        "colleagues": User.objects.active().by_name() if books else [],
        "group": who.team or who.department, "week": queries.week_of(who),
        "ahead": queries.week_ahead(who, now),
        "blocks": queries.blocks_of(who), "calendars": queries.calendars_of(user=who, now=now),
        "away": away.order_by("starts_at", "pk")[:AWAY_SHOWN],
        "feed": FeedLink.objects.filter(user=who).first() if who.pk == viewer.pk else None,
        "form": RulesForm.filled(services.rules_of(who)), "block_form": BlockForm(), **extra,
    }  # fmt: skip
    return TemplateResponse(
        request, "meetings/availability/availability.html", context, status=status
    )


def home(request: HttpRequest, who: User, at: str = "") -> str:
    """Where the page of `who` is for this reader."""
    if who.pk == me(request).pk:
        return reverse("meetings:availability") + at
    return reverse("meetings:availability_of", args=[who.pk]) + at


@require_POST
@may
def rules(request: HttpRequest, user: int) -> HttpResponse:
    """Buffers, ways, limits."""
    who, form = person(request, user), RulesForm(request.POST)
    if form.is_valid():
        try:
            services.set_rules(who, **form.cleaned_data, by=me(request), at=timezone.now())
        except services.BadRules as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. What is booked already stays.")
            return redirect(home(request, who))
    return page(request, who, form=form, status=422)


@require_POST
@may
def add_block(request: HttpRequest, user: int) -> HttpResponse:
    """Hours of every week that stay free."""
    who, form = person(request, user), BlockForm(request.POST)
    if form.is_valid():

        def effect() -> str:
            services.add_block(who, **form.cleaned_data, by=me(request), at=timezone.now())
            return home(request, who, "#focus")

        try:
            return redirect(form_once(request, effect))
        except services.BadRules as refusal:
            form.add_error("starts", str(refusal))
    return page(request, who, block_form=form, status=422)


@require_POST
@may
def remove_block(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FocusBlock, pk=pk)
    who = person(request, row.user_id)
    services.remove_block(row, by=me(request), at=timezone.now())
    messages.success(request, "These hours can be booked again.")
    return redirect(home(request, who, "#focus"))


@require_POST
@may
def feed(request: HttpRequest) -> HttpResponse:
    """A new address of the own feed, shown once; or none any more."""
    user, now = me(request), timezone.now()
    if request.POST.get("act") == "remove":
        feeds.remove_link(user, by=user, at=now)
        messages.success(request, "The feed is switched off; its address is of no use any more.")
        return redirect(home(request, user, "#feed"))
    told: list[str] = []

    def effect() -> str:
        told.append(feeds.make_link(user, by=user, at=now))
        return home(request, user, "#feed")

    target = form_once(request, effect)
    if told:
        answer = page(request, person(request, user.pk), address=told[0])
        answer["Cache-Control"] = "no-store"
        return answer
    messages.info(request, "The address was made already. If you did not see it, make a new one.")
    return redirect(target)
