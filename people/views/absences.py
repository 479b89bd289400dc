"""Absences: the own ones for everybody, those of others for managers."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kit.pages import keyset_page
from people import queries, services
from people.doors import me
from people.forms_calendars import AbsenceForm
from people.models import Absence, User


@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """Who is away from now on, and who covers; the own absences for who may see no others."""
    user, now = me(request), timezone.now()
    everybody = user.has_perm("people.change_absence") and request.GET.get("whose") != "mine"
    past = request.GET.get("past") == "1"
    rows = Absence.objects.filter(ends_at__lte=now) if past else Absence.objects.from_now(now)
    if not everybody:
        rows = rows.filter(user=user)
    page = keyset_page(
        rows.values("pk", "starts_at", "ends_at", "reason", "user__name", "backup__name"),
        keys=("-starts_at", "-pk") if past else ("starts_at", "pk"),
        after=request.GET.get("after", ""),
    )
    context = {
        "page": page, "everybody": everybody, "past": past, "now": now,
        "covering": queries.covering(user, now),
    }  # fmt: skip
    return TemplateResponse(request, "people/absences.html", context)


def add_absence(request: HttpRequest) -> HttpResponse:
    """Write an absence down; the link of a cell of the coverage page says whose and when."""
    form = _form(request, None, initial=_asked(request))
    return _save(request, form, None)


def edit_absence(request: HttpRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    return _save(request, _form(request, row), row)


@require_POST
def remove_absence(request: HttpRequest, pk: int) -> HttpResponse:
    services.remove_absence(_own(request, pk), by=me(request), at=timezone.now())
    messages.success(request, "The absence is removed.")
    return redirect("people:absences")


def _own(request: HttpRequest, pk: int) -> Absence:
    """An absence that this person may change; 404 otherwise."""
    user = me(request)
    rows = Absence.objects.select_related("user", "backup")
    if not user.has_perm("people.change_absence"):
        rows = rows.filter(user=user)
    return get_object_or_404(rows, pk=pk)


def _form(
    request: HttpRequest, row: Absence | None, initial: Mapping[str, Any] | None = None
) -> AbsenceForm:
    user = me(request)
    people = None if user.has_perm("people.change_absence") else [user]
    return AbsenceForm(
        request.POST or None, people=people, me=user, absence=row, initial=initial or {}
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address fills in; what is no day or nobody is left out."""
    found: dict[str, Any] = {}
    for name, field in (("from", "from_on"), ("to", "to_on")):
        day = queries.day_of(request.GET.get(name, ""))
        if day is not None:
            found[field] = day
    who = request.GET.get("user", "")
    if who.isascii() and who.isdecimal() and len(who) < 10:  # noqa: PLR2004
        found["user"] = int(who)
    today = timezone.localdate()
    return {"from_on": today, "to_on": today} | found


def _save(request: HttpRequest, form: AbsenceForm, row: Absence | None) -> HttpResponse:
    """Save it; what it clashes with is said first, and saved when sent once more."""
    warnings: list[str] = []
    if request.method == "POST" and form.is_valid():
        wanted, user = form.wanted(), form.cleaned_data["user"]
        if request.POST.get("anyway") != "1":
            warnings = queries.absence_warnings(
                user, **{n: wanted[n] for n in ("starts_at", "ends_at", "backup")},
                but=row.pk if row else None,
            )  # fmt: skip
        if not warnings:
            _write(request, row, user, wanted)
            return redirect("people:absences")
    status = 409 if warnings else 422 if form.is_bound else 200
    context = {"form": form, "absence": row, "warnings": warnings}
    return TemplateResponse(request, "people/absence.html", context, status=status)


def _write(request: HttpRequest, row: Absence | None, user: User, wanted: dict[str, Any]) -> None:
    now = timezone.now()
    if row is None:
        services.add_absence(user=user, **wanted, by=me(request), at=now)
    else:
        services.change_absence(row, **wanted, by=me(request), at=now)
    covers = f" {wanted['backup']} covers." if wanted["backup"] else " Nobody covers."
    messages.success(request, f"The absence of {user} is written down.{covers}")
