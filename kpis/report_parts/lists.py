"""How long things took one by one, and what is not finished, for reports."""

from django.urls import reverse

from desk.models import SalesRequest
from kit.briefing import Line
from kit.markup import NONE, day, duration, number
from kit.reporting import HISTOGRAM, Block, Chart, Scope, Table
from kpis import wording
from kpis.definitions import KPIS, MEASURES
from kpis.queries import labels
from kpis.queries.distribution import distribution as spread_of
from kpis.queries.judged import notes_of
from kpis.queries.slowest import slowest
from kpis.queries.unfinished import AGES, all_unfinished
from kpis.report_parts import words
from kpis.report_parts.options import TIMED, chosen


def _measure(scope: Scope) -> str:
    name = str(chosen(scope.options, "measure", "net"))
    return name if name in dict(TIMED) else "net"


def distribution(scope: Scope) -> Block:
    """How many took how long, in steps that people think in."""
    measure, filters = MEASURES[_measure(scope)], words.filters_of(scope)
    found = spread_of(measure, filters)
    points = [
        {"label": wording.border(bar.until, measure, filters), "value": bar.n} for bar in found.bars
    ]
    return Block(
        f"{measure.label}: how many took how long",
        chart=Chart(HISTOGRAM, measure.label, points) if found.total else None,
        note=f"{measure.text} n {number(found.total)}. {words.clock(filters)}",
        url=words.page(KPIS["turnaround"], filters),
    )  # fmt: skip


def worst(scope: Scope) -> Block:
    """The slowest of the period that the reader may see."""
    measure, filters = MEASURES[_measure(scope)], words.filters_of(scope)
    many = int(chosen(scope.options, "many", 10))
    seen = SalesRequest.objects.visible_to(scope.reader)
    kept = slowest(measure, filters, seen, many)
    names, teams = labels.types("turnaround"), labels.teams()
    clock = 0 if filters.uses_business(measure) else 86_400
    lines = [
        Line(
            f"R-{one.pk} {one.subject}: {duration(one.seconds, clock)}",
            f"{names.get(one.type_id, 'No type')}, {teams.get(one.team_id, 'no team')}, {day(one.on)}",
            reverse("desk:request", args=[one.pk]),
        )
        for one in kept
    ]  # fmt: skip
    return Block(
        f"The slowest: {measure.label}", lines=lines,
        note=f"{measure.text} {words.clock(filters)}", url=words.page(KPIS["turnaround"], filters),
    )  # fmt: skip


def ageing(scope: Scope) -> Block:
    """What is not finished at the moment the report is made; it has no figures of the period."""
    filters = words.filters_of(scope)
    wanted = chosen(scope.options, "kpis", list(KPIS))
    found = [
        (slug, one) for slug, one in all_unfinished(filters, scope.now).items() if slug in wanted
    ]
    head = ["Work", "Open", *(label.capitalize() for _, label, _ in AGES), "Past promise"]
    rows = [
        [one.label, number(one.total), *(number(age.n) for age in one.ages),
         NONE if one.late is None else number(one.late)]
        for _, one in found
    ]  # fmt: skip
    urls = [f"{words.page(KPIS[slug], filters)}#unfinished" for slug, _ in found]
    notes = " ".join(one.note for _, one in found if one.note)
    return Block(
        "Not finished yet", table=Table(head, rows, [False] + [True] * (len(head) - 1), urls),
        note=f"As it stood when this was made. {notes}".strip(),
    )  # fmt: skip


def notes(scope: Scope) -> Block:
    """What people noted on the days of the period, on all KPIs."""
    found = notes_of(None, words.filters_of(scope))
    lines = [
        Line(note.words, f"{day(note.day)}{', ' + KPIS[note.kpi].title if note.kpi else ''}", "")
        for note in found
    ]
    return Block("Notes on the figures", lines=lines, empty="Nobody noted anything in this period.")
