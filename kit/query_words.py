"""What people type into the search box: words, "quoted phrases" and operators such as is:open.

Reading never fails: what is not understood is searched for as a word, and `problems` says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

LONGEST: Final = 200  # what doors accept
_READ: Final = 1000
MOST_PARTS: Final = 12

KINDS: Final = (
    "request", "order", "quote", "account", "contact", "deal", "lead", "meeting", "product",
    "handoff", "invoice", "task", "material",
)  # fmt: skip
STATES: Final = (
    "open", "done", "waiting", "mine", "unclaimed", "late", "urgent", "draft", "confirmed", "won",
    "overdue",
)  # fmt: skip
PRIORITIES: Final = ("urgent", "high", "normal", "low")

# Every operator with what it means; the box, the help page and the notes read it from here.
OPERATORS: Final[Mapping[str, str]] = {
    "type": "the kind of record",
    "is": "how it stands",
    "account": "the customer's name",
    "po": "the customer's order number",
    "from": "who asked for it or sells it",
    "holder": "who works on it",
    "priority": "how urgent a request is",
    "after": "on this day or later",
    "before": "before this day",
    "tag": "a tag of a request",
}
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "type": KINDS,
    "is": STATES,
    "priority": PRIORITIES,
    "after": ("7d", "30d", "365d"),
    "before": ("7d", "30d", "365d"),
    "from": ("me",),
    "holder": ("me",),
}
_ALIASES: Final = {"owner": "holder", "by": "from"}
_OTHER_WORDS: Final = {f"{kind}s": kind for kind in KINDS} | {
    "hand-off": "handoff", "hand-offs": "handoff", "closed": "done", "new": "unclaimed",
    "library": "material",
}  # fmt: skip

_PART: Final = re.compile(
    r'(?P<minus>-?)(?P<name>[A-Za-z]+):(?P<value>"[^"]*"?|\S*)|"(?P<phrase>[^"]*)"?|(?P<word>\S+)'
)
_OPERATOR: Final = re.compile(r"-?[A-Za-z]+:")
_AGO: Final = re.compile(r"([0-9]{1,4})d")
_REFERENCE: Final = re.compile(r"(?:([A-Za-z]{1,5})-?)?([0-9]{1,15})")
_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "\0": " "})


@dataclass(frozen=True)
class Filter:
    """One operator; `negated` when a minus stood before it."""

    name: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if re.search(r"\s", self.value) else self.value
        return f"{'-' if self.negated else ''}{self.name}:{value}"

    def day(self, today: date) -> date:
        """The day that before: or after: names."""
        ago = _AGO.fullmatch(self.value)
        return today - timedelta(int(ago[1])) if ago else date.fromisoformat(self.value)


@dataclass(frozen=True)
class Query:
    """What was typed, understood. `str()` writes it again; problems are words for people."""

    words: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return " ".join([*map(_written, self.words), *map(str, self.filters)])

    def __bool__(self) -> bool:
        return bool(self.words or self.filters)

    def values(self, name: str, *, negated: bool = False) -> tuple[str, ...]:
        """What was said for an operator."""
        return tuple(f.value for f in self.filters if f.name == name and f.negated == negated)

    def having(self, name: str, value: str) -> "Query":
        """The same, with one operator set to one value."""
        rest = tuple(f for f in self.filters if f.name != name or f.negated)
        return Query(self.words, (*rest, Filter(name, value)))

    @property
    def reference(self) -> tuple[str, int] | None:
        """("SO", 20397) for SO-20397 and ("", 20397) for a bare number, if it is the only word."""
        found = _REFERENCE.fullmatch(self.words[0]) if len(self.words) == 1 else None
        return ((found[1] or "").upper(), int(found[2])) if found else None


def parse(text: str) -> Query:
    """Read what was typed; anything can be read."""
    words: list[str] = []
    filters: list[Filter] = []
    problems: list[str] = []
    parts = list(_PART.finditer(text.translate(_QUOTES)[:_READ]))
    for part in parts[:MOST_PARTS]:
        if part["name"] is None:
            word = " ".join((part["phrase"] or part["word"] or "").split())
            words += [word] if word else []
            continue
        read = _filter(part)
        if isinstance(read, Filter):
            filters += [read] if read not in filters else []
            continue
        problems += [read] if read else []
        if _ALIASES.get(part["name"].lower(), part["name"].lower()) not in OPERATORS:
            words.append(" ".join(part[0].replace('"', " ").split()))
    if len(parts) > MOST_PARTS:
        problems.append(f"Only the first {MOST_PARTS} words were looked for.")
    return Query(tuple(words), tuple(filters), tuple(problems))


def _filter(part: re.Match[str]) -> Filter | str:
    """The operator, or what is wrong with it, in words."""
    typed = part["name"].lower()
    name = _ALIASES.get(typed, typed)
    value = " ".join(part["value"].strip('"').split())
    if name not in OPERATORS:
        return "" if value.startswith("//") else _unknown(typed)
    if not value:
        return f"{name}: means {OPERATORS[name]}; write it behind the colon."
    if name in {"type", "is", "priority"}:
        value = _OTHER_WORDS.get(value.lower(), value.lower())
        if value not in CHOICES[name]:
            return f"{name}: knows {_listed(CHOICES[name])}; there is no {name}:{value}."
    if name in {"before", "after"} and not _is_day(value):
        return f"{name}: wants a day such as 2026-11-24, or 7d for seven days ago."
    return Filter(name, value, negated=bool(part["minus"]))


def _unknown(name: str) -> str:
    return (
        f"There is no operator {name}:, so it was looked for as a word. "
        f"There are {_listed(tuple(f'{known}:' for known in OPERATORS))}."
    )


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _is_day(value: str) -> bool:
    if _AGO.fullmatch(value):
        return True
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _written(word: str) -> str:
    """A word as it has to be typed to be read as this word."""
    bare = not re.search(r"\s", word) and not word.startswith('"') and not _OPERATOR.match(word)
    return word if bare else f'"{word}"'
