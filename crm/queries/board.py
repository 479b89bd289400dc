"""Boards: deals by the stages of a pipeline, leads by status; few cards of each lane, all counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from crm.models import LeadStatus, Stage
from crm.models.deals import NEVER
from crm.queries.tables import Known, Rows, key_of

CARDS: Final = 30
LATELY: Final = timedelta(days=30)  # won and lost deals stay on the board for so long
DEAL_PATHS: Final = (
    "pk", "name", "account__name", "amount", "currency", "owner__name", "stage_id", "stage_since",
    "next_step", "next_step_on", "status", "close_on",
)  # fmt: skip
LEAD_PATHS: Final = (
    "pk", "name", "company", "owner__name", "status", "status_since", "next_step", "next_step_on",
    "source",
)  # fmt: skip


@dataclass
class Lane:
    """A column of the board: its key (what a card moved here becomes), words, cards, sums."""

    key: str
    label: str
    kind: str = "open"
    count: int = 0
    sums: list[tuple[str, Decimal]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def pipeline_of(said_key: str, known: Known) -> int | None:
    """The pipeline of the address, else the one of the reader's team, else the first."""
    key = key_of(said_key)
    if key in known.pipelines:
        return key
    own = [
        s.pipeline_id for s in known.stages if s.pipeline.team_id == known.user.team_id is not None
    ]
    every = [*own, *known.pipelines]
    return every[0] if every else None


def deals(rows: Rows, pipeline: int | None, known: Known) -> list[Lane]:
    """The stages of a pipeline with their deals; ended ones of the last weeks only.

    :param rows: of `rows_for` with `status=any`.
    """
    stages = [stage for stage in known.stages if stage.pipeline_id == pipeline]
    lanes = {s.pk: Lane(str(s.pk), s.name, s.kind) for s in stages}
    rows = rows.filter(
        Q(status=Stage.Kind.OPEN) | Q(closed_at__gte=known.now - LATELY), pipeline=pipeline
    )
    sums = (
        rows.order_by().values("stage_id", "currency").annotate(n=Count("pk"), total=Sum("amount"))
    )
    for row in sums.order_by("stage_id", "currency"):
        lane = lanes.get(row["stage_id"])
        if lane is not None:
            lane.count += row["n"]
            lane.sums += [(row["currency"], row["total"])] if row["total"] else []
    ordered = rows.annotate(close=Coalesce("close_on", NEVER)).order_by("close", "pk")
    allowed = {stage.pk: stage.stale_days for stage in stages}
    for card in _cards(
        [ordered.filter(stage=key) for key, lane in lanes.items() if lane.count],
        (*DEAL_PATHS, "close"),
    ):
        lanes[card["stage_id"]].cards.append(_deal(card, allowed[card["stage_id"]], known))
    return list(lanes.values())


def leads(rows: Rows, known: Known) -> list[Lane]:
    """Leads by status; those that were settled, of the last weeks only."""
    lanes = {str(s): Lane(str(s), str(s.label), _kind(s)) for s in LeadStatus}
    settled = Q(status__in=[LeadStatus.CONVERTED, LeadStatus.DROPPED])
    rows = rows.filter(~settled | Q(status_since__gte=known.now - LATELY))
    for row in rows.order_by().values("status").annotate(n=Count("pk")).order_by("status"):
        lanes[row["status"]].count = row["n"]
    ordered = rows.order_by("-status_since", "-pk")
    for card in _cards(
        [ordered.filter(status=key) for key, lane in lanes.items() if lane.count], LEAD_PATHS
    ):
        _aged(card, card["status_since"], known)
        lanes[card["status"]].cards.append(card)
    return list(lanes.values())


def _kind(status: LeadStatus) -> str:
    return {LeadStatus.CONVERTED: "won", LeadStatus.DROPPED: "lost"}.get(status, "open")


def _cards(lanes: Sequence[Rows], paths: Iterable[str]) -> list[dict[str, Any]]:
    """The first cards of every lane by one statement."""
    parts = [rows.values(*paths)[:CARDS] for rows in lanes]
    if not parts:
        return []
    return list(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def _deal(card: dict[str, Any], stale_days: int | None, known: Known) -> dict[str, Any]:
    _aged(card, card["stage_since"], known)
    card["stale"] = bool(stale_days and card["status"] == "open" and card["days"] >= stale_days)
    card["past"] = bool(
        card["status"] == "open" and card["close_on"] and card["close_on"] < known.today
    )
    return card


def _aged(card: dict[str, Any], since: datetime, known: Known) -> None:
    card["days"] = max((known.now - since).days, 0)
    card["overdue"] = bool(card["next_step_on"] and card["next_step_on"] < known.today)
