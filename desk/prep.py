"""What the desk knows about a customer before a meeting (settings.PREP_SECTIONS)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from crm.models import Account
from desk.models import SalesRequest
from desk.services.forms import form_of
from kit.briefing import Line, Section
from people.models import Party, User

SHOWN: Final = 8
ANSWER: Final = 300


def requests(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """Open requests of the account, and whose turn each is."""
    if account is None:
        return None
    rows = SalesRequest.objects.all() if user is None else SalesRequest.objects.visible_to(user)
    found = (
        rows.open().filter(account=account).select_related("type", "party_user", "party_department")
    )
    lines = [
        Line(
            f"{row.ref} {row.subject}",
            f"{row.type.name}, {_turn(row)}, asked {_day(row.submitted_at)}",
            reverse("desk:request", args=[row.pk]),
            "warn" if row.party == Party.CUSTOMER else "",
        )
        for row in found.order_by("-submitted_at", "-pk")[:SHOWN]
    ]
    return Section(
        "requests", "Open requests", "inbox", lines, empty="Nothing is open at the desk."
    )


def _turn(row: SalesRequest) -> str:
    who = row.party_user or row.party_department
    label = Party(row.party).label.lower()
    return f"with {who} ({label})" if who else f"with the {label}"


def _day(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{local:%a} {local.day} {local:%b %Y}"


def asked(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """What the request says that asked for this meeting; nothing when none did."""
    rows = SalesRequest.objects.all() if user is None else SalesRequest.objects.visible_to(user)
    row = rows.filter(meeting=meeting.pk).select_related("type", "requester").order_by("pk").first()
    if row is None:
        return None
    lines = [
        Line(
            f"{row.ref} {row.subject}", f"asked by {row.requester}, {_day(row.submitted_at)}",
            reverse("desk:request", args=[row.pk]),
        ),
        *_answers(row),
    ]  # fmt: skip
    return Section("asked", "What was asked for", "clipboard", lines)


def _answers(row: SalesRequest) -> Iterator[Line]:
    for one in form_of(row)[0]:
        value: Any = row.data.get(one["name"])
        if one["kind"] == "choice":
            value = dict(map(tuple, one["choices"])).get(value, value)
        if value not in (None, "", [], False):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield Line(" ".join(text.split())[:ANSWER], str(one.get("label", "")))
