"""Reads of the desk that span models: the queue, a request's page, what to do next."""

from desk.queries.queue import (
    GROUPS,
    LANES,
    SHOWABLE,
    SORTS,
    VIEWS,
    State,
    board,
    grouped,
    one_page,
    queue_rows,
    stale_at,
    state_of,
    token,
    view_counts,
    view_of,
    wanted,
)
from desk.queries.radar import KINDS, Next, radar
from desk.queries.records import custody, handoff_page, last_recalculation, parties, thread_subject
from desk.queries.rows import Known, mark_present, reference

__all__ = [
    "GROUPS",
    "KINDS",
    "LANES",
    "SHOWABLE",
    "SORTS",
    "VIEWS",
    "Known",
    "Next",
    "State",
    "board",
    "custody",
    "grouped",
    "handoff_page",
    "last_recalculation",
    "mark_present",
    "one_page",
    "parties",
    "queue_rows",
    "radar",
    "reference",
    "search",
    "stale_at",
    "state_of",
    "thread_subject",
    "token",
    "view_counts",
    "view_of",
    "wanted",
]  # fmt: skip
