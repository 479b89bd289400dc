"""Files are read by workers: a row is claimed, the work is done, the row says how it ended."""

import io
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from journal import services as journal
from kit.uploads import store
from library.models import Material, PageImage, Reading, State
from library.reading import Result, read_file
from library.services.material import index
from people.models import User

LEASE: Final = timedelta(minutes=3)  # longer than a child may take
MOST_ATTEMPTS: Final = 3
GIVEN_UP: Final = "It was tried three times, and the worker ended each time."
GONE: Final = "The file is not on the disk any more."


def read_next(*, at: datetime) -> Reading | None:
    """Read one file that waits; None if none does. What is in a file never raises."""
    row = _claim(at)
    if row is None:
        return None
    place = store.path_of(row.version.stored_as)
    result = read_file(place) if place.is_file() else Result(problem=GONE, failed=True)
    _settle(row, result, at=at)
    return row


@transaction.atomic
def again(row: Reading, *, by: User, at: datetime) -> None:
    """Let a worker try once more. What waits already waits on."""
    done = Reading.objects.filter(pk=row.pk).exclude(state=State.WAITING)
    if done.update(
        state=State.WAITING, ended_at=None, attempts=0, problem="", text="", claimed_at=None
    ):
        journal.record(
            "library.version.again", row.version.material, by=by, at=at,
            data={"number": row.version.number},
        )  # fmt: skip


@transaction.atomic
def _claim(at: datetime) -> Reading | None:
    """One that waits, for this worker: what a worker that died had claimed is free after a while."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=at - LEASE)
    rows = Reading.objects.filter(free, state=State.WAITING).order_by("pk")
    row = rows.select_for_update(skip_locked=True, of=("self",)).select_related("version").first()
    if row is None:
        return None
    if row.attempts >= MOST_ATTEMPTS:
        _settle(row, Result(problem=GIVEN_UP, failed=True), at=at)
        return row
    row.claimed_at, row.attempts = at, row.attempts + 1
    row.save(update_fields=["claimed_at", "attempts"])
    return row


@transaction.atomic
def _settle(row: Reading, result: Result, *, at: datetime) -> None:
    """Write down what was found; nothing if another worker was faster."""
    fresh = Reading.objects.select_for_update(of=("self",)).select_related("version").get(pk=row.pk)
    if fresh.state != State.WAITING:
        return
    fresh.state = State.FAILED if result.failed else State.READ
    fresh.claimed_at, fresh.ended_at = None, at
    fresh.problem, fresh.pages = result.problem, result.pages
    fresh.text = "" if result.failed else result.text
    fresh.shortened = result.shortened
    fresh.save()
    PageImage.objects.filter(version=fresh.version).delete()
    PageImage.objects.bulk_create(
        PageImage(
            version=fresh.version, number=page.number, width=page.width, height=page.height,
            stored_as=store.keep(io.BytesIO(page.content)).name,
        )
        for page in result.images
    )  # fmt: skip
    material = Material.objects.get(pk=fresh.version.material_id)
    if material.current_id == fresh.version_id:
        index(material)
    word = "unread" if result.failed else "read"
    journal.record(
        f"library.version.{word}", material, by=None, at=at,
        data={"number": fresh.version.number, "problem": result.problem, "pages": result.pages},
    )  # fmt: skip
    row.state, row.problem = fresh.state, fresh.problem
