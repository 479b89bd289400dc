"""The tabs of one log: map, variants, rework, hand-overs, waiting, cases."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from kit.tables.write import csv_lines
from process import drawing
from process.asking import Asked, chosen_path, number, pair, wanted
from process.models import Case, EventLog
from process.queries import bounces as back
from process.queries import cases as behind
from process.queries import conformance as comparing
from process.queries import handovers as between
from process.queries import labels
from process.queries.cache import remember
from process.queries.graph import Edge, ProcessMap, Shown, process_map, simplify
from process.queries.rework import rework as done_again
from process.queries.variants import ways
from process.views.common import VIEW, asked, show

RECORD_PAGES: Final = {
    EventLog.Source.REQUESTS: "desk:request", EventLog.Source.ORDERS: "orders:order",
}  # fmt: skip
BESIDE: Final = 6


@require_safe
@permission_required(VIEW, raise_exception=True)
def process_map_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The map, the figures of what is chosen in it, and the same as a table."""
    what = asked(request, pk)
    whole = process_map(what.log, what.filters)
    shown = simplify(whole, what.filters.least)
    chosen = request.GET.get("show", "")[:60]
    beside = request.headers.get("HX-Target") == "figures"  # the map stands already
    context = {
        "whole": whole, "shown": shown, "chosen": _chosen(whole, chosen),
        "svg": "" if beside else _drawn(what, shown, chosen),
        "slowest": _slowest(whole, what.filters.clock),
        "rows": [(whole.name(e.source), whole.name(e.target), e) for e in shown.map.edges],
    }  # fmt: skip
    template = f"process/map.html{'#figures' if beside else ''}"
    return show(request, what, template, "process:map", context)


def _drawn(what: Asked, shown: Shown, chosen: str) -> str:
    clock = what.filters.clock
    placed = remember(
        what.log, f"layout-{clock}-{_picture(shown)}", what.filters.selection,
        lambda: drawing.laid_out(shown.map, clock),
    )  # fmt: skip
    link = f"{reverse('process:map', args=[what.log.pk])}?{what.filters.query}"
    return drawing.draw(shown.map, placed, clock, link, chosen)


def _picture(shown: Shown) -> str:
    """What a layout is for: which activities and ways there are."""
    text = repr(([n.id for n in shown.map.nodes], [(e.key, e.n) for e in shown.map.edges]))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _chosen(whole: ProcessMap, key: str) -> dict[str, Any] | None:
    """The activity or the way whose figures stand beside the map."""
    edge_key = pair(key)
    edge = next((e for e in whole.edges if e.key == edge_key), None)
    if edge is not None:
        return {"edge": edge, "source": whole.name(edge.source), "target": whole.name(edge.target),
                "key": key}  # fmt: skip
    node = next((n for n in whole.nodes if n.id == number(key)), None)
    if node is None:
        return None
    return {
        "node": node, "key": key,
        "before": _named(whole, [e for e in whole.edges if e.target == node.id], source=True),
        "after": _named(whole, [e for e in whole.edges if e.source == node.id], source=False),
    }  # fmt: skip


def _named(whole: ProcessMap, edges: Sequence[Edge], *, source: bool) -> list[tuple[str, Edge]]:
    return [(whole.name(e.source if source else e.target), e) for e in edges[:BESIDE]]


def _slowest(whole: ProcessMap, clock: str) -> list[dict[str, Any]]:
    """Where most time goes in all: times and mean wait together."""
    rows: list[dict[str, Any]] = [
        {"edge": e, "source": whole.name(e.source), "target": whole.name(e.target),
         "total": e.n * wait.mean, "key": f"{e.source}~{e.target}"}
        for e in whole.edges if (wait := e.wait(clock)) is not None
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row["total"])[:BESIDE]


@require_safe
@permission_required(VIEW, raise_exception=True)
def map_csv(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Every way of the map with its figures, as CSV."""
    what = asked(request, pk)
    whole = process_map(what.log, what.filters)
    head = ("from", "to", "times", "mean_seconds", "median_seconds", "p90_seconds",
            "mean_business_seconds", "median_business_seconds", "p90_business_seconds")  # fmt: skip
    return _csv(f"process-{what.log.pk}-map.csv", head, (_line(whole, e) for e in whole.edges))


def _line(whole: ProcessMap, edge: Edge) -> list[Any]:
    waits: list[Any] = []
    for wait in (edge.calendar, edge.business):
        waits += [wait.mean, wait.median, wait.p90] if wait else ["", "", ""]
    return [whole.name(edge.source), whole.name(edge.target), edge.n, *waits]


@require_safe
@permission_required(VIEW, raise_exception=True)
def variants(request: HttpRequest, pk: int) -> HttpResponse:
    """The ways that cases take, most frequent first."""
    what = asked(request, pk)
    context = {"ways": ways(what.log, what.filters)}
    return show(request, what, "process/variants.html", "process:variants", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def variants_csv(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The most frequent ways as CSV."""
    what = asked(request, pk)
    head = ("rank", "cases", "share", "covered", "open", "median_seconds",
            "median_business_seconds", "rework", "activities")  # fmt: skip
    lines = (
        [w.rank, w.n, round(w.share, 6), round(w.covered, 6), w.open, w.calendar, w.business,
         int(w.rework), " > ".join(w.activities)]
        for w in ways(what.log, what.filters).rows
    )  # fmt: skip
    return _csv(f"process-{what.log.pk}-variants.csv", head, lines)


@require_safe
@permission_required(VIEW, raise_exception=True)
def rework(request: HttpRequest, pk: int) -> HttpResponse:
    """What is done again, and what that costs; of requests also what comes back and why."""
    what = asked(request, pk)
    of_requests = what.log.source == EventLog.Source.REQUESTS
    found = done_again(what.log, what.filters)
    clock = what.filters.clock
    context = {
        "found": found,
        "again": sorted(found.again, key=lambda row: -row.cost(clock)),
        "loops": sorted(found.loops, key=lambda loop: -loop.cost(clock)),
        "bounces": back.bounces(what.log, what.filters) if of_requests else None,
    }
    return show(request, what, "process/rework.html", "process:rework", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def handovers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who hands over to whom, between people or between parties."""
    what = asked(request, pk)
    which: between.Between = "parties" if request.GET.get("between") == "parties" else "people"
    context = {"between": which, "matrix": between.matrix(what.log, what.filters, which)}
    return show(request, what, "process/handovers.html", "process:handovers", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """On whom cases wait: every second is charged to one side."""
    what = asked(request, pk)
    found = between.waiting(what.log, what.filters)
    clock = what.filters.clock
    whole = sum(share.total(clock) for share in found.shares)
    rows = [
        {"share": s, "part": s.total(clock) / whole if whole else 0.0,
         "per_case": s.total(clock) / found.cases if found.cases else 0.0}
        for s in sorted(found.shares, key=lambda share: -share.total(clock))[:40]
    ]  # fmt: skip
    context = {
        "found": found, "rows": rows, "whole": whole,
        "bar": [{"party": s.party, "seconds": s.total(clock)} for s in found.shares],
        "slowest": _slowest(process_map(what.log, what.filters), clock),
    }  # fmt: skip
    return show(request, what, "process/waiting.html", "process:waiting", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def cases(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases behind a figure; each opens its timeline."""
    what = asked(request, pk)
    chosen, said = wanted(what, request.GET)
    found = behind.page(what.log, what.filters, chosen, after=request.GET.get("after", ""))
    context = {
        "rows": [
            {**row, "team": what.teams.get(row["team_id"], ""),
             "type": what.types.get(row["type_id"], "")}
            for row in found.rows
        ],
        "next": found.next, "wanted": chosen, "said": said,
    }  # fmt: skip
    return show(request, what, "process/cases.html", "process:cases", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def case(request: HttpRequest, pk: int, case_pk: int) -> HttpResponse:
    """The steps of one case with what it waited for; of built-in logs a link to its record."""
    what = asked(request, pk)
    row = get_object_or_404(Case.objects.select_related("variant"), pk=case_pk, log=what.log)
    page = RECORD_PAGES.get(EventLog.Source(what.log.source))
    record = reverse(page, args=[row.subject_id]) if page and row.subject_id else ""
    context = {
        "case": row, "steps": behind.timeline(row), "record": record,
        "team": what.teams.get(row.team_id, ""), "type": what.types.get(row.type_id, ""),
        **_expected(what, row, request.GET.get("path", "")),
    }  # fmt: skip
    return show(request, what, "process/case.html", "process:cases", context)


def _expected(what: Asked, row: Case, said: str) -> dict[str, Any]:
    """How a case deviates from a path that somebody defined; open cases may still lack steps."""
    path = (
        what.log.model_paths.order_by("name", "pk").first() if not said else chosen_path(what, said)
    )
    if path is None:
        return {}
    names = labels.activities(what.log)
    found = comparing.compare(row.variant.activities, path.activities, path.optional)
    deviations = [
        f"“{names.get(activity, '?')}” {comparing.KINDS[kind]}"
        for kind, activity in sorted(found)
        if not (row.is_open and kind == comparing.MISSING)
    ]
    return {"path": path, "deviations": deviations}


def _csv(name: str, head: Sequence[str], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
