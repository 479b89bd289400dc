"""What KPIs can say in reports (settings.REPORT_PARTS)."""

from typing import Final

from kit.reporting import Options, Part
from kpis.report_parts import causes, figures, lists, own
from kpis.report_parts.options import (
    CausesOptions,
    Clocked,
    CutOptions,
    HeadlineOptions,
    OneOptions,
    SpreadOptions,
    TrendOptions,
    UnfinishedOptions,
    WorstOptions,
)

SEES: Final = "kpis.view_kpis"


_READS: Final = {
    "headlines": figures.headlines, "changes": causes.changes, "trend": figures.trend,
    "measures": figures.measures, "cut": figures.cut, "custody": figures.custody_split,
    "distribution": lists.distribution, "unfinished": lists.ageing, "worst": lists.worst,
    "notes": lists.notes,
}  # fmt: skip
# key, label, what it is, icon, options
_PLAN: Final = (
    ("headlines", "Headlines", "A tile for each KPI: its figure, how it moved, signal or noise.",
     "chart-bar", HeadlineOptions),
    ("changes", "What changed and why", "How a figure moved, and how much of it each team or type brought.",
     "git-compare", CausesOptions),
    ("trend", "Trend with the usual range", "One KPI over weeks or months, with its control limits.",
     "chart-line", TrendOptions),
    ("measures", "All figures of a KPI", "Value, p90, mean, n and change of each measure.",
     "table", OneOptions),
    ("cut", "By team or type", "The headline of one KPI for each team or type.",
     "users-group", CutOptions),
    ("custody", "Who held it", "Gross turnaround by type, split among those who held the request.",
     "arrows-right-left", Clocked),
    ("distribution", "Distribution", "How many took how long.", "chart-histogram", SpreadOptions),
    ("unfinished", "Ageing of the open", "What is not finished, by age, as it stands when the report is made.",
     "hourglass-high", UnfinishedOptions),
    ("worst", "The slowest", "The requests of the period that took longest.", "list", WorstOptions),
    ("notes", "Notes on the figures", "What people noted on the trend: a new price list, a strike.", "note",
     Options),
)  # fmt: skip
PARTS: Final = (
    *(
        Part(
            f"kpis.{key}", label, about, icon, _READS[key], SEES, "KPIs", options,
            rows=key == "worst",
        )
        for key, label, about, icon, options in _PLAN
    ),
    Part("kpis.people", "By coordinator", "What each resolved and answered, by name.", "users", own.people,
         SEES, "KPIs"),
    Part("kpis.own", "Own figures", "What the reader resolved and answered, against the days before.",
         "users", own.week, SEES, "Own work", own=True),
)  # fmt: skip
