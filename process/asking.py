"""What a URL asks of a log: pages and the API read it in the same way."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from process.forms import FilterForm
from process.models import EventLog, ModelPath, Variant
from process.queries import cases as behind
from process.queries import conformance as comparing
from process.queries import labels
from process.queries.filters import Filters
from process.queries.graph import END, START
from process.queries.variants import ways

LARGEST: Final = 2**63 - 1
MOST_FREQUENT: Final = "The most frequent way"


@dataclass(frozen=True)
class Asked:
    """A log and the cases of it that the URL chooses."""

    log: EventLog
    form: FilterForm
    filters: Filters
    teams: dict[int, str]
    types: dict[int, str]

    @property
    def status(self) -> int:
        return HTTPStatus.OK if self.form.is_valid() else HTTPStatus.BAD_REQUEST


def asked_of(log: EventLog, said: Any) -> Asked:
    teams, types = labels.teams(log), labels.types(log)
    form = FilterForm(said, teams=teams, types=types)
    return Asked(log, form, form.filters(), teams, types)


def number(text: str | None) -> int | None:
    """A whole number of the URL, or nothing for what is none."""
    clean = (text or "").strip()
    digits = clean.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:  # noqa: PLR2004 - of a bigint
        return None
    value = int(clean)
    return value if abs(value) <= LARGEST else None


def pair(text: str | None) -> tuple[int, int] | None:
    """Two numbers with a tilde between them: a way from one activity to another."""
    first, _, second = (text or "").partition("~")
    a, b = number(first), number(second)
    return None if a is None or b is None else (a, b)


def chosen_path(what: Asked, said: str) -> ModelPath | None:
    """The path that the URL names; else the log's first, else its most frequent way."""
    known = what.log.model_paths.order_by("name", "pk")
    if said == "top":
        return _most_frequent(what)
    pk = number(said)
    found = known.filter(pk=pk).first() if pk is not None else None
    return found or known.first() or _most_frequent(what)


def _most_frequent(what: Asked) -> ModelPath | None:
    rows = ways(what.log, what.filters).rows
    if not rows:
        return None
    taken = Variant.objects.get(pk=rows[0].id).activities
    return ModelPath(log=what.log, name=MOST_FREQUENT, activities=list(dict.fromkeys(taken)))


def deviating_variants(what: Asked, path: ModelPath, deviation: str, said: Any) -> list[int]:
    return comparing.deviating(
        what.log, path, what.filters, deviation, extra_counts=extra_counts(said)
    )


def extra_counts(said: Any) -> bool:
    """Whether steps beside the path deviate from it."""
    return bool(said.get("others") != "ignore")


def wanted(what: Asked, get: Any) -> tuple[behind.Wanted, list[str]]:
    """Which cases the URL asks for, and the same in words."""
    names = {**labels.activities(what.log), START: "Start", END: "End"}
    variant, node, edge = number(get.get("variant")), number(get.get("node")), pair(get.get("edge"))
    said: list[str] = []
    variants: tuple[int, ...] | None = None if variant is None else (variant,)
    if variant is not None:
        said.append("that took one way")
    if node is not None:
        said.append(f"with “{names.get(node, '?')}”")
    if edge is not None:
        said.append(f"that went from “{names.get(edge[0], '?')}” to “{names.get(edge[1], '?')}”")
    deviation = get.get("deviates", "")[:60]
    if deviation:
        path = chosen_path(what, get.get("path", ""))
        variants = tuple(deviating_variants(what, path, deviation, get)) if path else ()
        said.append("that deviate from the path")
    for name, words in (("rework", "with rework"), ("open", "that are open")):
        if get.get(name):
            said.append(words)
    sort = "longest" if get.get("sort") == "longest" else "newest"
    found = behind.Wanted(variants, node, edge, bool(get.get("rework")), bool(get.get("open")),
                           bool(deviation), sort)  # fmt: skip
    return found, said
