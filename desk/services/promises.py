"""What we promise for a request, and whether its answers fit its form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.dateparse import parse_date

from desk.models import Priority, RequestType, SalesRequest
from journal import services as journal
from orders.models import Product
from people import calendars
from people.calendars import Change
from people.models import User

A_SECOND: Final = timedelta(seconds=1)
MOST_LINES = 500
LONGEST_TEXT = 5_000
LARGEST_QUANTITY, SMALLEST_QUANTITY = Decimal(1_000_000_000), Decimal("0.001")


class BadAnswers(Exception):
    """Answers that do not fit the form: {field: words}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def due(kind: RequestType, priority: int, at: datetime) -> tuple[datetime, datetime]:
    """(first response, resolution) promised in the team's business time; urgent gets half."""
    time = calendars.for_team(kind.team)
    share = 2 if priority == Priority.URGENT else 1
    policy = kind.policy
    return (
        time.add(at, policy.response_seconds // share),
        time.add(at, policy.resolution_seconds // share),
    )


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
    condition = field.get("show_if")
    return not condition or data.get(condition["field"]) == condition["value"]


def clean(kind: RequestType, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the form asks for, checked.

    :raises BadAnswers: with words for each field.
    """
    problems: dict[str, str] = {}
    answers: dict[str, Any] = {}
    known = {field["name"] for field in kind.form}
    for name in sorted(set(data) - known):
        problems[str(name)] = "This form has no such field."
    for field in kind.form:
        name, value = field["name"], data.get(field["name"])
        if not is_asked(field, data):
            continue
        if value in (None, "", [], False):
            if field.get("required"):
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
}  # fmt: skip
