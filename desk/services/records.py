"""Changes of records that a request asks for: proposed, shown as a difference, applied or rejected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Field

from crm import services as crm
from crm.models import Account, Contact
from desk.models import IllegalMove, RecordChange, SalesRequest
from desk.services.requests import must_be_open, record
from people.models import User

FIELDS: Final[Mapping[type[Account | Contact], tuple[str, ...]]] = {
    Account: ("name", "industry", "street", "postcode", "city", "region", "country", "phone"),
    Contact: ("name", "email", "phone", "title"),
}


class BadChange(Exception):
    """Values that the record cannot have: {field: words}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class Outdated(Exception):
    """The record was changed since; the message is fit for people to read."""


@transaction.atomic
def propose(
    row: SalesRequest, target: Account | Contact, fields: Mapping[str, str], *, by: User,
    at: datetime,
) -> RecordChange:  # fmt: skip
    """Write down what a record should become; only what differs counts.

    :raises BadChange: for values that the record cannot have, or when nothing differs.
    """
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update(of=("self",)))
    must_be_open(row)
    allowed = FIELDS[type(target)]
    changes = {
        name: [str(getattr(target, name)), fields[name].strip()]
        for name in allowed if name in fields and fields[name].strip() != str(getattr(target, name))
    }  # fmt: skip
    problems = _problems(target, {name: new for name, (_, new) in changes.items()})
    if problems or not changes:
        raise BadChange(problems or {"": "Nothing differs from what the record says."})
    made = RecordChange.objects.create(
        request=row, account=target if isinstance(target, Account) else None,
        contact=target if isinstance(target, Contact) else None, changes=changes,
        proposed_by=by, proposed_at=at,
    )  # fmt: skip
    record("change_proposed", row, by=by, at=at, change=made.pk, fields=sorted(changes))
    return made


def _problems(target: Account | Contact, values: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    for name, value in values.items():
        column: Field[Any, Any] = type(target)._meta.get_field(name)  # type: ignore[assignment]
        try:
            column.clean(value, target)
        except ValidationError as wrong:
            problems[name] = " ".join(wrong.messages)
    return problems


@transaction.atomic
def decide(change: RecordChange, *, apply: bool, by: User, at: datetime, reason: str = "") -> None:
    """Apply a proposed change to the record, or reject it.

    :raises IllegalMove: if it was decided before.
    :raises Outdated: if the record no longer says what it said when the change was proposed.
    """
    change.refresh_from_db(from_queryset=RecordChange.objects.select_for_update(of=("self",)))
    if change.status != RecordChange.Status.PROPOSED:
        raise IllegalMove(f"This change is {change.get_status_display().lower()} already.")
    if apply:
        _apply(change, by, at)
    change.status = RecordChange.Status.APPLIED if apply else RecordChange.Status.REJECTED
    change.decided_by, change.decided_at, change.reason = by, at, reason.strip()[:300]
    change.save()
    verb = "change_applied" if apply else "change_rejected"
    record(verb, change.request, by=by, at=at, change=change.pk, reason=change.reason)


def _apply(change: RecordChange, by: User, at: datetime) -> None:
    target = change.account or change.contact
    if target is None:
        raise Outdated("The record is gone.")
    target.refresh_from_db()
    moved = [name for name, (was, _) in change.changes.items() if str(getattr(target, name)) != was]
    if moved:
        raise Outdated(
            f"{', '.join(moved).capitalize()} was changed since this was proposed. Reject it, "
            "and propose what is still right."
        )
    values = {name: new for name, (_, new) in change.changes.items()}
    try:
        if isinstance(target, Account):
            crm.change_account(target, by=by, at=at, **values)
        else:
            crm.change_contact(target, by=by, at=at, **values)
    except crm.BadRecord as refusal:  # a rule that was made since
        raise Outdated(str(refusal)) from refusal
