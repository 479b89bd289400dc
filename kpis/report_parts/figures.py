"""Tiles, trends and tables of KPIs for reports."""

from kit.markup import duration, number, percent
from kit.reporting import CUSTODY, TREND, Block, Chart, Scope, Table, Tile, Value
from kpis.definitions import KPIS, Kpi
from kpis.queries import figures, labels
from kpis.queries.cuts import Cut
from kpis.queries.figure import Figure
from kpis.queries.figures import Report
from kpis.queries.filters import Filters
from kpis.queries.trends import Trend
from kpis.report_parts import words
from kpis.report_parts.options import chosen

SPARK_WEEKS = 13


def kpi_of(scope: Scope) -> Kpi:
    return KPIS.get(chosen(scope.options, "kpi", ""), KPIS["turnaround"])


def read(kpi: Kpi, filters: Filters, scope: Scope) -> Report:
    """Everything of one KPI, once for all parts that show some of it."""
    today = scope.now.date()
    found: Report = scope.once(
        ("kpis.report", kpi.slug, filters, today),
        lambda: figures.report(
            kpi, filters, teams=labels.teams(), types=labels.types(kpi.slug), today=today
        ),
    )
    return found


def overview(filters: Filters, scope: Scope) -> list[tuple[Kpi, Figure, Trend]]:
    """The headlines of all KPIs, once for all parts."""
    found: list[tuple[Kpi, Figure, Trend]] = scope.once(
        ("kpis.overview", filters), lambda: figures.overview(filters)
    )
    return found


def headlines(scope: Scope) -> Block:
    """A tile for each chosen KPI; the line beside it is the last quarter up to the period's end."""
    filters, wide = words.filters_of(scope), words.filters_of(scope, SPARK_WEEKS)
    wanted = chosen(scope.options, "kpis", list(KPIS))
    trends = {kpi.slug: trend for kpi, _, trend in overview(wide, scope)}
    tiles, values = [], []
    for kpi, figure, _ in overview(filters, scope):
        if kpi.slug not in wanted:
            continue
        trend = trends[kpi.slug]
        tiles.append(Tile(
            words.label(figure.measure), words.of(figure, filters, figure.value),
            words.spread(figure, filters), words.change(figure, filters) if scope.compare else "",
            figure.better if scope.compare else None, [p.value for p in trend.points],
            trend.reading.words, trend.reading.is_signal, words.page(kpi, filters),
        ))  # fmt: skip
        values.append(words.value(kpi, figure, filters))
    note = f"{words.clock(filters)} The lines show {SPARK_WEEKS} weeks."
    if scope.compare:
        note += f" Changes are against the {filters.days} days before."
    return Block("Headlines", tiles=tiles, note=note, values=values)


def trend(scope: Scope) -> Block:
    """One KPI over weeks or months; what is usual is a band."""
    kpi = kpi_of(scope)
    filters = words.filters_of(scope, int(chosen(scope.options, "over", "13")))
    head = kpi.measure(kpi.headline)
    found = next(found for one, _, found in overview(filters, scope) if one.slug == kpi.slug)
    reading = found.reading
    title = f"{words.label(head)}, by {filters.step}"
    chart = Chart(
        TREND, title, found.drawn, words.unit(head, filters),
        reading.mean, reading.low, reading.high,
    )  # fmt: skip
    limits = (
        " The band is the usual range: mean ± 2.66 \N{MULTIPLICATION SIGN} average moving range."
    )
    n = sum(point.n for point in found.points)
    note = f"{reading.words}{limits if reading.mean is not None else ''} n {number(n)}. "
    return Block(
        kpi.title, chart=chart, note=note + words.definition(kpi, filters),
        url=words.page(kpi, filters),
    )  # fmt: skip


def measures(scope: Scope) -> Block:
    """Every measure of one KPI."""
    kpi, filters = kpi_of(scope), words.filters_of(scope)
    report = read(kpi, filters, scope)
    head = ["Measure", "Value", "p90", "Mean", "n", *(["Change"] if scope.compare else [])]
    rows = [_line(figure, filters, compare=scope.compare) for figure in report.figures]
    left = [f"{label.lower()} {number(n)}" for _, label, n in report.excluded if n]
    note = words.definition(kpi, filters)
    if left:
        note += f" Left out: {', '.join(left)}."
    if report.provisional_from:
        note += f" Provisional from {report.provisional_from:%-d %b %Y} on: late facts can still change it."
    return Block(
        kpi.title, table=Table(head, rows, [False] + [True] * (len(head) - 1)), note=note,
        url=words.page(kpi, filters),
        values=[words.value(kpi, figure, filters) for figure in report.figures],
    )  # fmt: skip


def _line(figure: Figure, filters: Filters, *, compare: bool) -> list[str]:
    timed = figure.measure.has_histogram
    cells = [
        figure.measure.label, words.of(figure, filters, figure.value),
        words.of(figure, filters, figure.p90) if timed else "",
        words.of(figure, filters, figure.mean) if timed else "",
        words.count(figure).removeprefix("n "),
    ]  # fmt: skip
    return [*cells, words.change(figure, filters)] if compare else cells


def cut(scope: Scope) -> Block:
    """The headline by team or type, the most first."""
    kpi, filters = kpi_of(scope), words.filters_of(scope)
    report = read(kpi, filters, scope)
    by_type = chosen(scope.options, "by", "team") == "type" and bool(kpi.typed)
    name, cuts = (kpi.typed, report.by_type) if by_type else ("Team", report.by_team)
    rows = [_row(one, filters) for one in cuts]
    rows.append(_row(Cut("", "Together", report.headline), filters))
    head = report.headline.measure
    timed = head.has_histogram
    columns = [name, words.label(head), *(["p90", "Mean"] if timed else []), "n"]
    return Block(
        f"{kpi.title} by {name.lower()}",
        table=Table(columns, rows, [False] + [True] * (len(columns) - 1), strong=True)
        if cuts else None,
        note=words.definition(kpi, filters), url=words.page(kpi, filters),
        values=[_value(kpi, one, filters) for one in cuts],
    )  # fmt: skip


def _value(kpi: Kpi, one: Cut, filters: Filters) -> Value:
    said = f"{words.of(one.figure, filters, one.figure.value)}, {words.count(one.figure)}"
    return Value(f"{kpi.slug}.{one.key}", one.label, one.figure.value, said)


def _row(one: Cut, filters: Filters) -> list[str]:
    figure = one.figure
    timed = figure.measure.has_histogram
    more = [words.of(figure, filters, figure.p90), words.of(figure, filters, figure.mean)]
    return [
        one.label, words.of(figure, filters, figure.value), *(more if timed else []),
        words.count(figure).removeprefix("n "),
    ]  # fmt: skip


def custody_split(scope: Scope) -> Block:
    """Mean gross turnaround by type, split by who held it; every row adds up."""
    filters = words.filters_of(scope)
    held = figures.custody(filters, labels.types("turnaround"))
    day = 0 if filters.clock == "business" else 86_400
    points = [{"label": one.label, "n": one.n, "parts": one.parts} for one in held]
    values = [
        Value(
            f"held.{one.label}",
            one.label,
            one.seconds,
            f"{duration(one.seconds, day)}, n {number(one.n)}",
        )
        for one in held
    ]
    unit = "work" if filters.clock == "business" else "duration"
    note = f"Gross turnaround (T2), mean per resolved request. {words.clock(filters)}"
    if held:
        mine = next((p for p in held[0].parts if p["party"] == "desk"), None)
        share = float(str(mine["seconds"])) / held[0].seconds if mine and held[0].seconds else 0
        note += f" n {number(held[0].n)}; the desk held {percent(share)} of the time."
    return Block(
        "Who held it", chart=Chart(CUSTODY, "Gross turnaround by holder", points, unit) if held else None,
        note=note, url=words.page(KPIS["turnaround"], filters), values=values,
    )  # fmt: skip
