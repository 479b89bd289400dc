"""A coordinator's own week: what she resolved and how fast. Nobody is ranked against anybody."""

from collections.abc import Callable

from kit.markup import MINUS, duration, number, percent
from kit.reporting import Block, Scope, Table, Tile, Value
from kpis.queries.own import Own, by_holder, own

Read = Callable[[Own], float | None]


def _work(value: float | None) -> str:
    return duration(value, day=0)


# label, its figure, in words, what stands under it, which way is better
_TILES: tuple[tuple[str, Read, Callable[[float | None], str], Callable[[Own], str], str], ...] = (
    ("Resolved", lambda one: one.resolved, number, lambda one: f"{number(one.reopened)} had been reopened", ""),
    ("Net turnaround, median", lambda one: one.net, _work, lambda one: f"n {number(one.resolved)}", "low"),
    ("First response, median", lambda one: one.response, _work, lambda one: f"n {number(one.responded)}", "low"),
    ("Resolved in promise", lambda one: one.kept, percent,
     lambda one: f"{number(one.met)} of {number(one.promised)}", "high"),
)  # fmt: skip


def week(scope: Scope) -> Block:
    """Four tiles about the person of the report."""
    if scope.person is None:
        return Block(
            "Your figures", empty="This part says something in reports about one's own work."
        )
    now = own(scope.person.pk, scope.start, scope.end)
    before = own(scope.person.pk, *scope.before)
    tiles, values = [], []
    for label, read, words, under, better in _TILES:
        value, was = read(now), read(before)
        moved = None if value is None or was is None or not scope.compare else value - was
        tiles.append(Tile(
            label, words(value), under(now), _change(moved, words, share=words is percent),
            (moved < 0) == (better == "low") if moved and better else None,
        ))  # fmt: skip
        values.append(Value(f"own.{label}", label, value, f"{words(value)}, {under(now)}"))
    return Block(
        "Your figures", tiles=tiles, values=values,
        note="Requests that you hold or held last. Business time; changes are against as many days before.",
    )  # fmt: skip


def _change(moved: float | None, words: Callable[[float | None], str], *, share: bool) -> str:
    if moved is None:
        return ""
    text = f"{number(abs(moved) * 100, 1)} pt" if share else words(abs(moved))
    return f"{'+' if moved > 0 else MINUS}{text}" if moved else "no change"


def people(scope: Scope) -> Block:
    """Each coordinator's figures by name: nobody is ranked."""
    found = by_holder(scope.start, scope.end, scope.team)
    rows = [
        [name, number(one.resolved), _work(one.net), number(one.responded), _work(one.response),
         percent(one.kept), number(one.reopened)]
        for name, one in found
    ]  # fmt: skip
    head = [
        "Coordinator",
        "Resolved",
        "Net, median",
        "First replies",
        "Reply, median",
        "In promise",
        "Reopened",
    ]
    values = [
        Value(f"people.{name}", name, one.net, f"{_work(one.net)}, n {number(one.resolved)}")
        for name, one in found
    ]
    return Block(
        "By coordinator", table=Table(head, rows, [False] + [True] * 6) if rows else None, values=values,
        note="Requests that each holds or held last, by name. Business time. What somebody was given differs: "
        "a long time is no verdict.",
    )  # fmt: skip
