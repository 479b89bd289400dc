"""What somebody holds at the desk, for reports about one's own work (settings.REPORT_PARTS)."""

from typing import Final
from zoneinfo import ZoneInfo

from django import forms
from django.urls import reverse

from desk.models import SalesRequest
from kit.briefing import Line
from kit.reporting import Block, Options, Part, Scope
from people.models import Party

MOST: Final = 25


class HeldOptions(Options):
    many = forms.IntegerField(min_value=1, max_value=MOST, initial=10, label="How many")


def held(scope: Scope) -> Block:
    """Open requests of the person, the first due first, whose turn each is."""
    if scope.person is None:
        return Block(
            "Your open requests", empty="This part says something in reports about one's own work."
        )
    rows = SalesRequest.objects.visible_to(scope.reader).open().filter(holder=scope.person.pk)
    shown = rows.select_related("type", "account").by_due()[: int(scope.options.get("many") or 10)]
    zone = ZoneInfo(scope.zone)
    lines = []
    for row in shown:
        due = f"due {row.due_at.astimezone(zone):%a %-d %b %H:%M}" if row.due_at else "no date"
        late = row.due_at is not None and row.due_at < scope.now
        turn = "" if row.party == Party.DESK else f", with the {Party(row.party).label.lower()}"
        where = f", {row.account}" if row.account else ""
        lines.append(Line(
            f"{row.ref} {row.subject}", f"{row.type}{where}: {due}{turn}",
            reverse("desk:request", args=[row.pk]), "warn" if late else "",
        ))  # fmt: skip
    return Block(
        "Your open requests", lines=lines, empty="You hold nothing that is open.",
        note="As it stood when this was made; the first due first.", url=reverse("desk:queue"),
    )  # fmt: skip


PARTS: Final = (
    Part("desk.own", "Own open requests", "What the reader holds, the first due first.", "inbox",
         held, "desk.view_salesrequest", "Own work", HeldOptions, rows=True, own=True),
)  # fmt: skip
