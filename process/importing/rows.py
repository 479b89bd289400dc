"""Rows of a file as events: read right, or reported with their number, column and reason."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from kit.tables import Row
from kit.tables.values import ValueProblem
from kit.tables.write import DANGEROUS
from process.importing.guess import COMPLETE, START
from process.importing.mapping import AT_START, BOTH, Map
from process.importing.times import reader
from process.models import KEY_LENGTH

Problem = tuple[int, str, str]
# What a row becomes: (row, case, activity, at, resource, team, kind, moment).
Staged = tuple[int, str, str, Any, str, int, int, str]
Names = Mapping[str, Mapping[str, int]]
BEGUN: Final = " (begun)"
ENDED, STARTED, OTHER = "e", "s", "o"
WORDS: Final = {"case": "case", "activity": "activity", "resource": "name"}


class EventRows:
    """Turns batches of rows into what is staged, by a map."""

    def __init__(self, how: Map, known: Names | None = None) -> None:
        """:param known: the numbers of our teams and types, under “team” and “kind”, by name in small
        letters; what else stands there is nothing to us."""
        self.how, self.known = how, known or {}
        self._plan = [(role, column, self._parser(role)) for role, column in how.in_order]
        self.columns = [column for _, column in how.in_order]

    def _parser(self, role: str) -> Callable[[str], Any]:
        if role == "time":
            return _required(reader(zone=self.how.zone, order=self.how.date_order), "time")
        if role == "start":
            return _optional(reader(zone=self.how.zone, order=self.how.date_order))
        if role == "lifecycle":
            return _moment
        if role in {"team", "kind"}:
            return _number(self.known.get(role, {}))
        plain = _text(WORDS[role])
        return (
            _required(plain, role) if role in {"case", "activity"} else _optional(plain, empty="")
        )

    def read(self, batch: Sequence[Row]) -> tuple[list[Staged], list[Problem]]:
        """Column by column: events, and why the other rows are none."""
        bad = {i: (row.number, "", row.problem) for i, row in enumerate(batch) if row.problem}
        problems: list[Problem] = [(n, c, str(why)) for n, c, why in bad.values()]
        if bad:
            batch = [row for row in batch if not row.problem]
        wrong: set[int] = set()
        columns: dict[str, Sequence[Any]] = {}
        for place, (role, column, parse) in enumerate(self._plan):
            columns[role], refused = _column(batch, place, parse)
            problems += [(batch[i].number, column[:200], why[:500]) for i, why in refused.items()]
            wrong |= refused.keys()
        if "start" in columns:
            late = _late(columns["start"], columns["time"], wrong)
            problems += [(batch[i].number, self.how.columns["start"][:200], _LATE) for i in late]
            wrong.update(late)
        return self._staged(batch, columns, wrong), sorted(problems)

    def _staged(
        self, batch: Sequence[Row], columns: Mapping[str, Sequence[Any]], wrong: set[int]
    ) -> list[Staged]:
        many = len(batch)
        moments = columns.get("lifecycle") or [ENDED] * many
        rest = [columns.get("resource") or [""] * many]
        rest += [columns.get(role) or [0] * many for role in ("team", "kind")]
        times = columns["time"]
        if "start" in columns and self.how.moments == AT_START:
            times = [start or end for start, end in zip(columns["start"], times, strict=True)]
        numbers = [row.number for row in batch]
        rows = list(
            zip(numbers, columns["case"], columns["activity"], times, *rest, moments, strict=True)
        )
        if wrong:
            rows = [row for i, row in enumerate(rows) if i not in wrong]
        if "start" in columns and self.how.moments == BOTH:
            starts = [s for i, s in enumerate(columns["start"]) if i not in wrong]
            return [
                part for row, start in zip(rows, starts, strict=True) for part in _two(row, start)
            ]
        return rows


_LATE: Final = "It begins after it ends."


def _two(row: Staged, start: Any) -> list[Staged]:
    if start is None:
        return [row]
    number, case, activity, _, *rest = row
    return [(number, case, begun(activity), start, *rest), row]


def begun(activity: str) -> str:
    """What the first of two steps is called."""
    return activity[: KEY_LENGTH - len(BEGUN)] + BEGUN


def _late(starts: Sequence[Any], ends: Sequence[Any], wrong: set[int]) -> list[int]:
    pairs = enumerate(zip(starts, ends, strict=True))
    return [i for i, (start, end) in pairs if i not in wrong and start is not None and start > end]


def _column(
    batch: Sequence[Row], place: int, parse: Callable[[str], Any]
) -> tuple[list[Any], dict[int, str]]:
    """The values of one column and {row: why} where there is none; in one go where all are good."""
    with suppress(ValueProblem):
        return [parse(row.values[place]) for row in batch], {}
    out: list[Any] = []
    wrong: dict[int, str] = {}
    for i, row in enumerate(batch):
        try:
            out.append(parse(row.values[place]))
        except ValueProblem as why:
            out.append(None)
            wrong[i] = str(why)
    return out, wrong


def _number(known: Mapping[str, int]) -> Callable[[str], int]:
    return lambda raw: known.get(raw.strip().lower(), 0)


def _text(what: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        text = raw.strip()
        if not text.isprintable():
            text = " ".join("".join(_shown(letter) for letter in text).split())
        if len(text) > KEY_LENGTH:
            raise ValueProblem(
                f"The {what} has {len(text):,} characters; at most {KEY_LENGTH} are kept."
            )
        # Tables made safe for spreadsheets, ours too, put an apostrophe before what looks like a formula.
        return text[1:] if text[:1] == "'" and text[1:2] in DANGEROUS else text

    return parse


def _shown(letter: str) -> str:
    if letter.isspace():
        return " "
    return letter if letter.isprintable() or ord(letter) > _LAST_CONTROL else ""


_LAST_CONTROL: Final = 0x9F


def _required(parse: Callable[[str], Any], role: str) -> Callable[[str], Any]:
    words = f"The {WORDS.get(role, role)} is empty."

    def read(raw: str) -> Any:
        if not raw or raw.isspace():
            raise ValueProblem(words)
        found = parse(raw)
        if found == "":
            raise ValueProblem(words)
        return found

    return read


def _optional(parse: Callable[[str], Any], *, empty: Any = None) -> Callable[[str], Any]:
    return lambda raw: parse(raw) if raw and not raw.isspace() else empty


def _moment(raw: str) -> str:
    """Finished (also where nothing is said), begun, or something that is no step: planned, paused."""
    word = raw.strip().lower()
    if not word or word in COMPLETE:
        return ENDED
    return STARTED if word in START else OTHER
