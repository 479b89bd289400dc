"""Requests and hand-offs."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from desk.models import HandOff, SalesRequest, Status
from followups.kinds.base import Kind, Moment, Reader, Readers, Value, of_contact, of_user
from people.models import Department, User


def _load_requests(keys: set[int]) -> dict[int, SalesRequest]:
    related = ("account__owner__team__calendar", "contact", "requester__team__calendar", "type",
               "requester__department__calendar", "holder__team__calendar", "team__calendar")  # fmt: skip
    rows = SalesRequest.objects.select_related(*related).filter(pk__in=keys)
    return {row.pk: row for row in rows}


def _since(row: SalesRequest) -> str:
    local: datetime = row.party_since.astimezone(ZoneInfo(row.requester.zone))
    return f"{local:%A, %d %B, %H:%M}"


REQUEST: Final = Kind(
    label="desk.salesrequest", word="request", name="Request", load=_load_requests,
    account=lambda row: row.account_id, sender=lambda row: row.holder,
    readers={
        "requester": Readers("Who asked", lambda row: of_user(row.requester)),
        "holder": Readers("The coordinator who has it", lambda row: of_user(row.holder)),
        "customer": Readers("The customer's contact", lambda row: of_contact(row.contact), outside=True),
    },
    moments={
        "due_at": Moment("The promise", lambda row: row.due_at),
        "party_since": Moment("Since when its turn is where it is", lambda row: row.party_since),
    },
    fields={
        "ref": Value("Number", lambda row: row.ref),
        "subject": Value("Subject", lambda row: row.subject),
        "type": Value("Type", lambda row: row.type.name),
        "party": Value("Whose turn it is", lambda row: row.party),
        "since": Value("Since when", _since),
        "priority": Value("Priority", lambda row: row.priority, "number"),
        "status": Value("Status", lambda row: row.status),
        "account": Value("Account", lambda row: row.account.name if row.account else ""),
    },
    over=lambda row: "The request is done." if row.status == Status.DONE else "",
    ends=frozenset({"desk.request.resolved", "desk.request.withdrawn", "desk.request.duplicate"}),
    page=lambda row, reader: "" if reader.contact else reverse("desk:request", args=[row.pk]),
)  # fmt: skip


def _load_handoffs(keys: set[int]) -> dict[int, HandOff]:
    related = ("department__calendar", "request__account", "request__team__calendar", "order__account",
               "asked_by__team__calendar")  # fmt: skip
    return {row.pk: row for row in HandOff.objects.select_related(*related).filter(pk__in=keys)}


def _members(department: Department) -> list[Reader]:
    people = (
        User.objects.active().filter(department=department).select_related("department__calendar")
    )
    return [one for user in people.order_by("pk")[:50] for one in of_user(user)]


def _about(row: HandOff) -> str:
    return row.order.number if row.order else row.request.ref if row.request else ""


ANSWERED: Final = {
    HandOff.Status.REJECTED: "The department said no.", HandOff.Status.DONE: "The department is done.",
    HandOff.Status.WITHDRAWN: "The ask was withdrawn.",
}  # fmt: skip

HANDOFF: Final = Kind(
    label="desk.handoff", word="handoff", name="Hand-off", load=_load_handoffs,
    account=lambda row: (row.order or row.request).account_id, sender=lambda row: row.asked_by,
    readers={
        "asked_by": Readers("Who asked", lambda row: of_user(row.asked_by)),
        "department": Readers("The people of the department", lambda row: _members(row.department)),
    },
    moments={"due_at": Moment("When it is due", lambda row: row.due_at)},
    fields={
        "ask": Value("What is asked", lambda row: row.ask),
        "department": Value("Department", lambda row: row.department.name),
        "about": Value("Order or request", _about),
        "status": Value("Status", lambda row: row.status),
        "promised_on": Value("Promised for", lambda row: row.promised_on, "day"),
    },
    over=lambda row: ANSWERED.get(row.status, ""),
    ends=frozenset({"desk.handoff.rejected", "desk.handoff.done", "desk.handoff.withdrawn"}),
    page=lambda row, _reader: (
        reverse("orders:order", args=[row.order_id]) if row.order_id
        else reverse("desk:request", args=[row.request_id])
    ),
)  # fmt: skip
