"""The overview, one page a KPI, the rows behind each figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from kpis.definitions import KPIS, Kpi
from kpis.histogram import ERROR
from kpis.models import Target
from kpis.queries import judged, labels
from kpis.queries.changes import changes
from kpis.queries.cuts import cut_by
from kpis.queries.distribution import distribution
from kpis.queries.figure import Figure
from kpis.queries.figures import custody, report
from kpis.queries.figures import overview as read_overview
from kpis.queries.filters import Filters
from kpis.queries.rows import Row, page
from kpis.queries.trends import Trend
from kpis.queries.unfinished import all_unfinished, unfinished
from kpis.views.asked import Asked, asked, kpi_of, measure_of
from kpis.views.said import said
from kpis.wording import comparable

PAGES: Final[Mapping[str, str]] = {
    "desk.salesrequest": "desk:request",
    "orders.order": "orders:order",
    "orders.quotefamily": "orders:quote",
    "meetings.meeting": "meetings:meeting",
}


@dataclass(frozen=True)
class Tile:
    """A headline on the overview, with its target where that compares."""

    kpi: Kpi
    figure: Figure
    trend: Trend
    target: Target | None
    filters: Filters

    @property
    def met(self) -> bool | None:
        if not comparable(self.figure.measure, self.filters):
            return None
        return judged.met(self.figure.measure, self.figure.value, self.target)


@permission_required("kpis.view_kpis", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """The five headlines with their trend, what changed since last week and why, what is open."""
    what = asked(request, None)
    heads = [kpi.measure(kpi.headline) for kpi in KPIS.values()]
    targets = judged.targets_of(heads, what.filters)
    context = {
        **what.context,
        "tiles": [
            Tile(kpi, figure, trend, targets.get(figure.measure.name), what.filters)
            for kpi, figure, trend in read_overview(what.filters, today=what.today)
        ],
        "week": _last_week(what),
        "changes": changes(_last_week(what), _labels(what)),
        "notes": judged.notes_of(None, what.filters),
        "unfinished": [
            (KPIS[slug], found) for slug, found in all_unfinished(what.filters, what.now).items()
        ],
        "unseen": KPIS["response"].unseen,
    }
    return TemplateResponse(request, "kpis/overview.html", context, status=what.status)


def _last_week(what: Asked) -> Filters:
    """The last whole week, for whom the page is about; it is compared with the one before it."""
    monday = what.today - timedelta(days=what.today.weekday() + 7)
    whole = Filters.week(monday)
    kept = {name: getattr(what.filters, name) for name in ("team", "coordinator", "rep", "account")}
    return Filters(whole.start, whole.end, clock=what.filters.clock, **kept)


def _labels(what: Asked) -> dict[str, dict[str, Mapping[int, str]]]:
    return {
        slug: {"team": what.choices.teams, "type": labels.types(slug) if kpi.typed else {}}
        for slug, kpi in KPIS.items()
    }


@permission_required("kpis.view_kpis", raise_exception=True)
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One KPI: figures, trend, distribution, closed months, the unfinished, cuts, definition."""
    kpi = kpi_of(slug)
    return detail_page(request, kpi, asked(request, kpi), {})


def detail_page(
    request: HttpRequest, kpi: Kpi, what: Asked, more: Mapping[str, Any], status: int = 0
) -> HttpResponse:
    """The page, also with a form in it that was refused (`more`)."""
    found = report(
        kpi, what.filters, teams=what.choices.teams, types=what.choices.types, today=what.today
    )
    by = request.GET.get("by", "")
    by = by if by in _offered(kpi) else ("type" if kpi.typed else "team")
    rolled = {"team": found.by_team, "type": found.by_type}.get(by)
    shown, many = cut_by(kpi, by, what.filters) if rolled is None else (rolled, len(rolled))
    context = {
        **what.context,
        "kpi": kpi,
        "report": found,
        "spread": distribution(kpi.spread_of, what.filters, found.spread),
        "closed": judged.closed_months(kpi.measure(kpi.headline), what.filters),
        "by": by,
        "cuts": shown,
        "many_cuts": many,
        "offered": _offered(kpi),
        "unfinished": unfinished(kpi.slug, what.filters, what.now),
        "custody": custody(what.filters, what.choices.types) if kpi.slug == "turnaround" else [],
        "error_bound": ERROR,
        **said(request, kpi, what.filters, found.headline),
        **more,
    }
    return TemplateResponse(request, "kpis/detail.html", context, status=status or what.status)


def _offered(kpi: Kpi) -> list[str]:
    return ["team", *(["type"] if kpi.typed else []), *kpi.cut_by]


@permission_required("kpis.view_kpis", raise_exception=True)
def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows behind a figure, each with a link to its record and timeline."""
    kpi = kpi_of(slug)
    what = asked(request, kpi)
    measure = measure_of(kpi, request.GET.get("measure", kpi.headline))
    found = page(measure, what.filters, after=request.GET.get("after", ""))
    context = {
        **what.context,
        "kpi": kpi,
        "measure": measure,
        "rows": [
            {"row": r, "url": link(r), "team": what.choices.teams.get(r.team_id, ""),
             "type": what.choices.types.get(r.type_id, "")}
            for r in found.rows
        ],
        "next": found.next,
    }  # fmt: skip
    return TemplateResponse(request, "kpis/rows.html", context, status=what.status)


def link(row: Row) -> str:
    """The page of the record behind a row; empty when it has none."""
    name = PAGES.get(row.subject, "")
    try:
        return reverse(name, args=[row.subject_id]) if name else ""
    except NoReverseMatch:
        return ""
