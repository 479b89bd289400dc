"""How requests and hand-offs are found."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.urls import reverse

from desk.models import HandOff, SalesRequest
from desk.models.request import Priority, Status
from kit.finding import Ask, Keys, Source
from kit.query_words import Query
from people.models import Party, Role, User
from people.search import members

OPEN: Final = ~Q(status=Status.DONE)
WAITED_FOR: Final = Q(status__in=[HandOff.Status.ASKED, HandOff.Status.ACCEPTED])
LARGEST_KEY: Final = 2**62


def _request(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    where = f"{row['account__name']} · " if row["account__name"] else ""
    return (
        f"R-{row['pk']} {row['subject']}",
        f"{where}{Status(row['status']).label}",
        row["type__icon"],
        reverse("desk:request", args=[row["pk"]]),
    )


def _number(query: Query) -> Q | None:
    prefix, number = query.reference or ("?", 0)
    return Q(pk=number) if prefix in {"", "R"} and number < LARGEST_KEY else None


def _priority(value: str) -> Q:
    return Q(priority=Priority[value.upper()])


def _values() -> dict[str, Any]:
    """tag: as soon as requests have tags."""
    try:
        SalesRequest._meta.get_field("tags")
    except FieldDoesNotExist:
        return {"priority": _priority}
    return {"priority": _priority, "tag": lambda value: Q(tags__contains=[value])}


def _scope(user: User) -> Keys | None:
    """Whose requests a rep sees: the window of the newest would mostly hold those of others."""
    if user.is_superuser or user.has_perm("desk.work_queue") or user.has_perm("kpis.view_kpis"):
        return None
    if user.department_id is not None:
        return None
    if user.team_id is None or not user.groups.filter(name=Role.REP).exists():
        return ("requester_id", (user.pk,))
    return ("requester_id", tuple({user.pk, *members(user.team_id)}))


def _handoff(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    sub = f"{row['department__name']} · {HandOff.Status(row['status']).label}"
    if row["request_id"] is not None:
        url = reverse("desk:request", args=[row["request_id"]])
    else:
        url = reverse("orders:order", args=[row["order_id"]])
    return row["ask"], sub, "arrows-right-left", url


def _late(ask: Ask) -> Q:
    return OPEN & Q(due_at__lt=ask.now)


SOURCES: Final = (
    Source(
        kind="request",
        heading="Requests",
        permission="desk.view_salesrequest",
        page="desk:request",
        model=SalesRequest,
        rows=SalesRequest.objects.visible_to,
        columns=("subject", "status", "account__name", "type__icon"),
        shown=_request,
        order=("-submitted_at", "-pk"),
        text="subject",
        trigram_index="desk_request_subject_trigrams",
        numbers=_number,
        day="submitted_at",
        keys={"account": "account_id", "from": "requester_id", "holder": "holder_id"},
        mine=("holder_id", "requester_id"),
        states={
            "open": lambda _: OPEN,
            "done": lambda _: Q(status=Status.DONE),
            "waiting": lambda _: OPEN & ~Q(party=Party.DESK),
            "unclaimed": lambda _: Q(status=Status.NEW),
            "late": _late,
            "urgent": lambda _: OPEN & Q(priority=Priority.URGENT),
        },
        few=frozenset({"open", "waiting", "unclaimed", "late", "urgent"}),
        values=_values(),
        codes=frozenset({"tag"}) & frozenset(_values()),
        scope=_scope,
    ),
    Source(
        kind="handoff",
        heading="Hand-offs",
        permission="desk.view_handoff",
        page="desk:handoff",
        model=HandOff,
        rows=HandOff.objects.visible_to,
        columns=("ask", "status", "department__name", "request_id", "order_id"),
        shown=_handoff,
        order=("-asked_at", "-pk"),
        text="ask",
        trigram_index="desk_handoff_ask_trigrams",
        day="asked_at",
        keys={"from": "asked_by_id"},
        mine=("asked_by_id",),
        states={
            "open": lambda _: WAITED_FOR,
            "waiting": lambda _: Q(status=HandOff.Status.ASKED),
            "late": lambda ask: WAITED_FOR & Q(due_at__lt=ask.now),
            "done": lambda _: ~WAITED_FOR,
        },
        few=frozenset({"open", "waiting", "late"}),
    ),
)
