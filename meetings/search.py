"""How meetings are found."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from kit.finding import Source
from meetings.models import Meeting, Status
from meetings.queries import visible_to


def _meeting(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    where = f"{row['account__name']} · " if row["account__name"] else ""
    url = reverse("meetings:meeting", args=[row["pk"]])
    return row["title"], f"{where}{Status(row['status']).label}", "calendar-event", url


SOURCES: Final = (
    Source(
        kind="meeting",
        heading="Meetings",
        permission="meetings.view_meeting",
        page="meetings:meeting",
        model=Meeting,
        rows=visible_to,
        columns=("title", "status", "account__name"),
        shown=_meeting,
        order=("-requested_at", "-pk"),
        text="title",
        trigram_index="meetings_meeting_title",
        day="requested_at",
        keys={"account": "account_id", "from": "host_id", "holder": "scheduled_by_id"},
        mine=("host_id", "scheduled_by_id"),
        states={
            "open": lambda _: Q(status__in=[Status.REQUESTED, Status.BOOKED]),
            "waiting": lambda _: Q(status=Status.REQUESTED),
            "confirmed": lambda _: Q(status=Status.BOOKED),
            "done": lambda _: Q(status=Status.DONE),
        },
    ),
)
