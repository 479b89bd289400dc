"""What people expect: the order of activities that cases of a log should take."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from journal import services as journal
from people.models import User
from process.models import EventLog, ModelPath


class BadPath(Exception):
    """It cannot be a path as it is; the message is fit for people to read."""


class PathNameTaken(Exception):
    """The log has a path of this name; the message is fit for people to read."""


@transaction.atomic
def save(
    log: EventLog, path: ModelPath | None, *, name: str, activities: Sequence[int],
    optional: Collection[int], by: User, at: datetime,
) -> ModelPath:  # fmt: skip
    """Keep a path, new or changed.

    :raises BadPath: if it is empty, or an activity stands in it twice or is not of this log.
    :raises PathNameTaken: if another path of the log has this name.
    """
    if not activities:
        raise BadPath("Choose at least one step.")
    if len(set(activities)) < len(activities):
        raise BadPath("A step can stand in the path only once.")
    if log.activities.filter(pk__in=activities).count() < len(activities):
        raise BadPath("Choose steps of this log.")
    row = path or ModelPath(log=log)
    row.name, row.activities = name.strip(), list(activities)
    row.optional = [a for a in activities if a in optional]
    row.made_by, row.made_at = by, at
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as taken:
        raise PathNameTaken(f"There is a path named “{row.name}” already.") from taken
    journal.record(
        "process.modelpath.saved", row, by=by, at=at, data={"log": log.pk, "steps": len(activities)}
    )
    return row


@transaction.atomic
def remove(path: ModelPath, *, by: User, at: datetime) -> None:
    """Take a path away; what it was stays in the journal."""
    journal.record(
        "process.modelpath.removed",
        path,
        by=by,
        at=at,
        data={"log": path.log_id, "name": path.name},
    )
    path.delete()
