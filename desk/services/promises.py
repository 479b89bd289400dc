"""What we promise for a request, and whether its answers fit its form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db.models import Q
from django.utils.dateparse import parse_date

from crm.models import Account, Contact
from desk.models import Priority, RequestType, SalesRequest, SlaPolicy, SlaRule
from journal import services as journal
from kit.once import once
from orders.models import Product
from people import calendars
from people.calendars import Change
from people.models import User

A_SECOND: Final = timedelta(seconds=1)
MOST_LINES = 500
LONGEST_TEXT = 5_000
LONGEST_KEY = 18
LARGEST_QUANTITY, SMALLEST_QUANTITY = Decimal(1_000_000_000), Decimal("0.001")


class BadAnswers(Exception):
    """Answers that do not fit the form: {field: words}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def due(
    kind: RequestType, priority: int, at: datetime, account: Account | None = None
) -> tuple[datetime, datetime]:
    """(first response, resolution) promised in the team's business time; urgent gets half."""
    time = calendars.for_team(kind.team)
    response, resolution = targets(kind, priority, account.tier if account else "")
    return time.add(at, response), time.add(at, resolution)


def targets(kind: RequestType, priority: int, tier: str) -> tuple[int, int]:
    """(first response, resolution) in business seconds."""
    share = 2 if priority == Priority.URGENT else 1
    policy = policy_for(kind, priority, tier)
    return policy.response_seconds // share, policy.resolution_seconds // share


def policy_for(kind: RequestType, priority: int, tier: str) -> SlaPolicy:
    """The first rule that fits type, priority, tier and team; else the type's own promise."""

    def read() -> SlaPolicy:
        rules = SlaRule.objects.filter(
            Q(type=None) | Q(type=kind), Q(priority=None) | Q(priority=priority),
            Q(tier="") | Q(tier=tier), Q(team=None) | Q(team=kind.team_id), is_active=True,
        )  # fmt: skip
        rule = rules.select_related("policy").order_by("position", "pk").first()
        return rule.policy if rule else kind.policy

    return once(("desk.policy", kind.pk, priority, tier, kind.team_id), read)


def shift(row: SalesRequest, more: int, at: datetime) -> None:
    """Move what is left of a promise by `more` business seconds; one that broke stays broken."""
    time = calendars.for_team(row.team)
    if row.left_seconds is not None:
        row.left_seconds = row.left_seconds + more if row.left_seconds >= 0 else row.left_seconds
    elif row.due_at is not None and row.due_at > at:
        left = time.seconds_between(at, row.due_at) + more
        row.due_at = time.add(at, max(left, 0))
        row.warned_at = None


def told(row: SalesRequest, before: int, due_before: datetime | None) -> dict[str, Any]:
    """What the journal keeps of a change of priority: the promise as it was, and as it is."""
    return {
        "from": Priority(before).label, "to": Priority(row.priority).label,
        "due_before": due_before and due_before.isoformat(),
        "due_after": row.due_at and row.due_at.isoformat(),
    }  # fmt: skip


def lay_out(row: SalesRequest, changes: Sequence[Change]) -> bool:
    """Move what the locked `row` promises through changes of its calendar; whether it moved.

    The past is not rewritten: the business seconds that were left at the instant of a change, by
    the hours before it, are left in the hours after it. What was late then stays late; a promise
    that waits keeps its seconds and is laid out when the clock goes on.
    """
    due_at, response_due_at = row.due_at, row.response_due_at
    for change in changes:
        row.due_at = _moved(row.due_at, change)
        if row.first_response_at is None:
            row.response_due_at = _moved(row.response_due_at, change)
        row.calendar_version = change.version
    return (row.due_at, row.response_due_at) != (due_at, response_due_at)


def _moved(due_at: datetime | None, change: Change) -> datetime | None:
    if due_at is None or due_at <= change.at or change.before == change.after:
        return due_at
    left = change.before.seconds_between(change.at, due_at)
    found = change.after.add(change.at, left)
    # Seconds are whole: a smaller difference is rounding, not a move.
    return due_at if abs(found - due_at) < A_SECOND else found


def catch_up(row: SalesRequest, *, at: datetime) -> None:
    """Lay the locked `row` out in the present calendar, if the sweep has not come to it yet.

    Every step that reads or sets a promise begins with it. The caller saves the row.
    """
    calendar = row.team.calendar
    if row.calendar_version >= calendar.version:
        return
    before = {"due": row.due_at, "response_due": row.response_due_at}
    steps = calendars.changes(calendar.pk, since=row.calendar_version, until=calendar.version)
    moved = lay_out(row, steps)
    row.calendar_version = calendar.version
    if not moved:
        return
    after = {"due": row.due_at, "response_due": row.response_due_at}
    data = {n: [before[n], after[n]] for n in after if before[n] != after[n]}
    journal.record(
        "desk.request.due_moved", row, by=None, at=at, account_id=row.account_id,
        data={name: [value and value.isoformat() for value in pair] for name, pair in data.items()},
    )  # fmt: skip


def is_asked(field: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether a conditional field is shown, given the other answers."""
    return _holds(field.get("show_if"), data)


def is_required(field: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Always, or when another answer asks for it."""
    when = field.get("required_if")
    return bool(field.get("required")) or (when is not None and _holds(when, data))


def _holds(condition: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    if not condition:
        return True
    said = data.get(condition["field"], "")
    return ("on" if said is True else str(said)) == str(condition["value"])


def clean(
    kind: RequestType, data: Mapping[str, Any], *, fields: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The answers that the form asks for, checked; `fields` is an older form of the type.

    :raises BadAnswers: with words for each field.
    """
    problems: dict[str, str] = {}
    answers: dict[str, Any] = {}
    asked = kind.form if fields is None else fields
    known = {field["name"] for field in asked}
    for name in sorted(set(data) - known):
        problems[str(name)] = "This form has no such field."
    for field in asked:
        name, value = field["name"], data.get(field["name"])
        if not is_asked(field, data):
            continue
        if value in (None, "", [], False):
            if is_required(field, data):
                problems[name] = f"Fill in “{field['label']}”."
            continue
        try:
            answers[name] = _value(field, value)
        except ValueError as wrong:
            problems[name] = str(wrong)
    if problems:
        raise BadAnswers(problems)
    return answers


def _value(field: Mapping[str, Any], value: Any) -> Any:
    kind = field["kind"]
    if kind == "lines":
        return _lines(value)
    if kind == "check":
        return bool(value)
    if not isinstance(value, str | int | float):
        raise ValueError("This is not text.")  # noqa: TRY004 - words for the form
    text = str(value).strip()
    if "\0" in text or len(text) > LONGEST_TEXT:
        raise ValueError(f"Use at most {LONGEST_TEXT:,} characters.")
    read = READERS.get(kind)
    return read(field, text) if read else text


def _choice(field: Mapping[str, Any], text: str) -> str:
    if text not in [choice[0] for choice in field["choices"]]:
        raise ValueError("Choose one of the list.")
    return text


def _date(_: Mapping[str, Any], text: str) -> str:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise ValueError("Give a day like 2026-11-24.")
    return found.isoformat()


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("Give a number.") from None
    if not number.is_finite() or not SMALLEST_QUANTITY <= number < LARGEST_QUANTITY:
        raise ValueError("Give a number above 0 that makes sense.")
    return number


def _within(field: Mapping[str, Any], text: str) -> str:
    """The number as text, if it is one that the form allows."""
    number = _number(text)
    low, high = field.get("at_least"), field.get("at_most")
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(f"Give a number from {low} to {high}.")
    return f"{number.normalize():f}"


def _colleagues(_: Mapping[str, Any], text: str) -> str:
    """Addresses of colleagues; one that nobody here has would be left out without a word."""
    wanted = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    known = User.objects.active().filter(email__in=wanted).values_list("email", flat=True)
    for address in wanted:
        if address not in known:
            raise ValueError(f"Nobody here has the address “{address[:100]}”.")
    return ", ".join(wanted)


def _account(_: Mapping[str, Any], text: str) -> str:
    rows = Account.objects.active()
    by_key = text.isascii() and text.isdecimal() and len(text) < LONGEST_KEY
    found = rows.filter(pk=int(text)) if by_key else rows.filter(name__iexact=text)
    row = found.order_by("pk").first()
    if row is None:
        raise ValueError("We have no such account. Choose one of the list.")
    return row.name


def _contact(_: Mapping[str, Any], text: str) -> str:
    row = Contact.objects.active().filter(email__iexact=text).order_by("pk").first()
    if row is None:
        raise ValueError("No contact has this address. Add the contact first.")
    return row.email


def _lines(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or len(value) > MOST_LINES:
        raise ValueError(f"Give at most {MOST_LINES} lines.")
    lines = []
    for position, line in enumerate(value, 1):
        if not isinstance(line, Mapping) or set(line) - {"sku", "quantity"}:
            raise ValueError(f"Line {position}: give a product and a quantity.")
        sku = str(line.get("sku", "")).strip()
        try:
            quantity = _number(str(line.get("quantity", "")))
        except ValueError as wrong:
            raise ValueError(f"Line {position}: {wrong}") from None
        lines.append({"sku": sku, "quantity": f"{quantity.normalize():f}"})
    found = {sku.upper() for sku in _known([line["sku"] for line in lines])}
    for position, line in enumerate(lines, 1):
        if line["sku"].upper() not in found:
            raise ValueError(f"Line {position}: there is no product “{line['sku'][:60]}”.")
    return lines


def _known(skus: list[str]) -> list[str]:
    wanted = [sku for sku in skus if "\0" not in sku]
    return list(
        Product.objects.filter(sku__in=[*wanted, *map(str.upper, wanted)]).values_list(
            "sku", flat=True
        )
    )


READERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "number": _within, "date": _date, "choice": _choice, "people": _colleagues,
    "account": _account, "contact": _contact,
}  # fmt: skip
