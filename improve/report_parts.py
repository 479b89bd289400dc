"""What suggestions can say in reports (settings.REPORT_PARTS)."""

from typing import Final

from django.urls import reverse

from improve.queries.lists import lines
from kit.markup import number
from kit.reporting import Block, Part, Scope, Table

SHOWN: Final = 8


def open_ones(scope: Scope) -> Block:
    """What waits for a decision, the most hours a month first, as it stands."""
    found = lines("open", at=scope.now)
    rows = [[line.row.title, line.detector, line.losing, line.who] for line in found[:SHOWN]]
    urls = [reverse("improve:suggestion", args=[line.row.pk]) for line in found[:SHOWN]]
    head = ["What", "Kind", "Costs a month", "Who could act"]
    return Block(
        "What to improve", table=Table(head, rows, [False, False, True, False], urls) if rows else None,
        note=f"As it stood when this was made; {number(len(found))} in all. Nothing is suggested on noise.",
        empty="Nothing that stands out from noise waits for a decision.",
        url=reverse("improve:suggestions"),
    )  # fmt: skip


PARTS: Final = (
    Part("improve.open", "What to improve", "Suggestions that wait for a decision, by hours a month.", "wand",
         open_ones, "improve.view_suggestion", "Insight"),
)  # fmt: skip
