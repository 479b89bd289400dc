"""The pipeline that a portal begins with; people change it in the browser."""

from typing import Final

from crm.models import LostReason, Pipeline, Stage

# name, kind, per cent, what it asks for, days until it is stuck
STAGES: Final[tuple[tuple[str, str, int, list[str], int | None], ...]] = (
    ("Prospecting", "open", 10, [], 30),
    ("Qualified", "open", 25, ["owner"], 30),
    ("Proposal", "open", 50, ["amount", "contact", "close_on"], 21),
    ("Negotiation", "open", 75, ["amount", "contact", "close_on", "next_step"], 14),
    ("Won", "won", 100, ["amount"], None),
    ("Lost", "lost", 0, [], None),
)
REASONS: Final = (
    "Price", "Delivery time", "Another product fits better", "No budget", "Project stopped",
    "No answer any more", "Stays with the present supplier",
)  # fmt: skip


def ensure_pipeline() -> Pipeline:
    """The first pipeline, made where there is none; the reasons beside it."""
    pipeline = Pipeline.objects.order_by("position", "pk").first()
    if pipeline is None:
        pipeline = Pipeline.objects.create(name="Sales")
        Stage.objects.bulk_create(
            Stage(pipeline=pipeline, name=name, kind=kind, probability=chance, requires=requires,
                  stale_days=days, position=n)
            for n, (name, kind, chance, requires, days) in enumerate(STAGES)
        )  # fmt: skip
    if not LostReason.objects.exists():
        LostReason.objects.bulk_create(
            LostReason(name=name, position=n) for n, name in enumerate(REASONS)
        )
    return pipeline
