"""A deal put into another stage together with what the stage asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import Deal, LostReason, Stage
from crm.services.deals import change_deal, move_deal
from people.models import User


@transaction.atomic
def move_on(
    deal: Deal, stage: Stage, *, by: User, at: datetime, facts: Mapping[str, Any] | None = None,
    lost_reason: LostReason | None = None, lost_note: str = "",
) -> None:  # fmt: skip
    """Fill in what a stage asks for, then move the deal there; both or neither.

    :raises Missing: if the stage asks for more.
    :raises IllegalDealMove: if it stands there, or the stage is of another pipeline.
    :raises BadRecord: for facts that the deal cannot have.
    """
    if facts:
        change_deal(deal, by=by, at=at, **facts)
    move_deal(deal, stage, by=by, at=at, lost_reason=lost_reason, lost_note=lost_note)
