"""Stages of a pipeline, in their order."""

from datetime import datetime

from django.db import transaction

from crm.models import Pipeline, Stage
from journal import services as journal
from people.models import User


@transaction.atomic
def add_stage(pipeline: Pipeline, *, by: User, at: datetime, stage: Stage) -> Stage:
    """Put a new stage at the end of a pipeline; `stage` comes from a validated form."""
    stage.pipeline, stage.position = pipeline, pipeline.stages.count()
    stage.save()
    journal.record("crm.setting.added", stage, by=by, at=at)
    return stage


@transaction.atomic
def place_stage(stage: Stage, before: Stage | None, *, by: User, at: datetime) -> None:
    """Put a stage in front of another one of its pipeline; at the end with None."""
    rows = list(
        Stage.objects.select_for_update(of=("self",))
        .filter(pipeline=stage.pipeline_id).order_by("position", "pk")
    )  # fmt: skip
    rest = [row for row in rows if row.pk != stage.pk]
    moved = next(row for row in rows if row.pk == stage.pk)
    at_place = next((n for n, row in enumerate(rest) if before and row.pk == before.pk), len(rest))
    rest.insert(at_place, moved)
    if [row.pk for row in rest] == [row.pk for row in rows]:
        return
    for n, row in enumerate(rest):
        row.position = n
    Stage.objects.bulk_update(rest, ["position"])
    journal.record(
        "crm.setting.changed", stage, by=by, at=at, data={"order": [r.name for r in rest]}
    )
