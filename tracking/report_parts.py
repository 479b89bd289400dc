"""What deals can say in reports (settings.REPORT_PARTS): the pipeline of a period."""

from typing import Final

from django import forms
from django.urls import reverse

from kit.reporting import Block, Options, Part, Scope, Table, of_section
from people.models import Team
from tracking.models import Schedule
from tracking.queries import pipeline
from tracking.queries.scope import Scope as Deals
from tracking.queries.summary import sums, week

SEES: Final = "crm.view_deal"
SECTIONS: Final = {
    "pipeline": "Open stages", "needs": "Deals that need somebody", "won": "Won", "lost": "Lost",
    "moves": "What moved", "forecast": "Forecast by stage history", "activity": "Activity",
}  # fmt: skip


class SectionOptions(Options):
    section = forms.ChoiceField(choices=list(SECTIONS.items()), initial="pipeline", label="What")


def _deals(scope: Scope) -> Deals:
    team = Team.objects.filter(pk=scope.team).first() if scope.team is not None else None
    return Deals(scope.reader, team, None, scope.person)


def section(scope: Scope) -> Block:
    """One section of the weekly summary, over the period of the report."""
    wanted = scope.options.get("section") or "pipeline"
    until = min(scope.until_at, scope.now)
    found = week(_deals(scope), scope.start_at, until, Schedule.Audience.TEAM, scope.zone)
    one = next((s for s in found if s.code == wanted), found[0])
    block = of_section(one)
    return Block(
        block.title, chart=block.chart, lines=block.lines, empty=block.empty, note=block.note,
        url=reverse("tracking:tracking"),
    )  # fmt: skip


def standing(scope: Scope) -> Block:
    """The open stages with their worth and chance, as a table."""
    until = min(scope.until_at, scope.now)
    deals = _deals(scope)
    chances = pipeline.chances(deals, until)
    rows = [
        [str(one.stage), str(one.n), f"{one.n - one.before:+d}", sums(one.worth),
         f"{chances[one.stage.pk].share:.0%}"]
        for one in pipeline.standing(deals, until)
    ]  # fmt: skip
    head = ["Stage", "Deals", "In a week", "Worth", "Chance"]
    return Block(
        "Pipeline", table=Table(head, rows, [False, True, True, True, True]) if rows else None,
        note="As it stood at the end of the period; amounts are those of today.",
        empty="No pipeline yet.", url=reverse("tracking:tracking"),
    )  # fmt: skip


PARTS: Final = (
    Part("tracking.standing", "Pipeline", "Open stages with deals, worth and chance.", "target",
         standing, SEES, "Deals", rows=True),
    Part("tracking.section", "Deals of the period", "Won, lost, moved, stuck, expected: one section of the week.",
         "trending-up", section, SEES, "Deals", SectionOptions, rows=True),
)  # fmt: skip
