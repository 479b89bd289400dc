"""Making reports of parts: every step keeps the whole order, and writes down who did it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from journal import services as journal
from people.models import User
from reports.models import MOST_BLOCKS, Block, Report
from reports.shipped import SHIPPED, Shipped


class Full(Exception):
    """A report has as many blocks as it may have; the message is fit for people to read."""


class NotShipped(Exception):
    """Only a report that came with the portal can be brought back."""


class StaleOrder(Exception):
    """Somebody else changed the blocks meanwhile; the message is fit for people to read."""


STALE: Final = "Somebody else changed the blocks meanwhile. This is how they stand now."


@transaction.atomic
def keep_report(report: Report, *, by: User, at: datetime) -> Report:
    """Save a new or changed report."""
    fresh = report.pk is None
    report.changed_at = at
    if fresh:
        report.owner = by
    report.save()
    what = "added" if fresh else "changed"
    journal.record(f"reports.report.{what}", report, by=by, at=at)
    return report


@transaction.atomic
def remove_report(report: Report, *, by: User, at: datetime) -> None:
    """It goes out no more; its editions stay."""
    journal.record("reports.report.removed", report, by=by, at=at)
    report.delete()


@transaction.atomic
def copy_report(report: Report, *, by: User, at: datetime) -> Report:
    """A report like it, of one's own, without its schedules."""
    made = Report(
        name=f"{report.name[:73]}, copy", purpose=report.purpose, audience=report.audience,
        team=report.team, zone=report.zone, period=report.period, days=report.days,
        compare=report.compare, owner=by, changed_at=at,
    )  # fmt: skip
    made.save()
    rows = report.blocks.order_by("position", "pk").values("position", "part", "title", "options")
    Block.objects.bulk_create(Block(report=made, **row) for row in rows)
    journal.record("reports.report.added", made, by=by, at=at, data={"copied": report.pk})
    return made


@transaction.atomic
def restore_report(report: Report, *, by: User, at: datetime) -> None:
    """Bring a shipped report back to how it came; schedules stay.

    :raises NotShipped: for one that somebody made.
    """
    _locked(report)
    came = SHIPPED.get(report.shipped)
    if came is None:
        raise NotShipped("This report did not come with the portal. Copy it to begin anew.")
    _fill(report, came, at)
    journal.record("reports.report.restored", report, by=by, at=at)


@transaction.atomic
def ship(*, at: datetime, zone: str) -> int:
    """Bring the reports that come with the portal; those that are there stay as they are."""
    there = set(Report.objects.exclude(shipped="").values_list("shipped", flat=True))
    new = [came for slug, came in SHIPPED.items() if slug not in there]
    for came in new:
        report = Report(shipped=came.slug, zone=zone)
        _fill(report, came, at)
        journal.record("reports.report.added", report, by=None, at=at)
    return len(new)


def _fill(report: Report, came: Shipped, at: datetime) -> None:
    report.name, report.purpose = came.name, came.purpose
    report.audience, report.period, report.days = came.audience, came.period, came.days
    report.compare, report.changed_at = True, at
    report.save()
    report.blocks.all().delete()
    Block.objects.bulk_create(
        Block(report=report, position=n, part=part, title=title, options=dict(options))
        for n, (part, title, options) in enumerate(came.blocks)
    )


@transaction.atomic
def add_block(
    report: Report, *, part: str, title: str, options: Mapping[str, Any], by: User, at: datetime
) -> Block:
    """Put a block at the end.

    :raises Full: beyond MOST_BLOCKS.
    """
    _locked(report)
    places = list(report.blocks.values_list("position", flat=True))
    if len(places) >= MOST_BLOCKS:
        raise Full(f"A report has at most {MOST_BLOCKS} blocks. Make a second one.")
    block = Block.objects.create(
        report=report, position=max(places, default=-1) + 1, part=part, title=title,
        options=dict(options),
    )  # fmt: skip
    _changed(report, "added", block, by=by, at=at)
    return block


@transaction.atomic
def change_block(
    block: Block, *, title: str, options: Mapping[str, Any], by: User, at: datetime
) -> Block:
    block.title, block.options = title, dict(options)
    block.save(update_fields=["title", "options"])
    _changed(block.report, "changed", block, by=by, at=at)
    return block


@transaction.atomic
def remove_block(block: Block, *, by: User, at: datetime) -> None:
    """Take it out; the others close up."""
    report = block.report
    _locked(report)
    _changed(report, "removed", block, by=by, at=at)
    block.delete()
    _place(report, list(report.blocks.order_by("position", "pk").values_list("pk", flat=True)))


@transaction.atomic
def move_block(block: Block, *, up: bool, by: User, at: datetime) -> None:
    """Change places with the one before or after it; at the end nothing happens."""
    _locked(block.report)
    keys = list(block.report.blocks.order_by("position", "pk").values_list("pk", flat=True))
    if block.pk not in keys:
        return
    place = keys.index(block.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(keys):
        return
    keys[place], keys[other] = keys[other], keys[place]
    _place(block.report, keys)
    _changed(block.report, "moved", block, by=by, at=at)


@transaction.atomic
def order_blocks(report: Report, keys: Sequence[int], *, by: User, at: datetime) -> None:
    """Put the blocks into this order.

    :raises StaleOrder: if they are not the blocks that the report has.
    """
    _locked(report)
    if sorted(report.blocks.values_list("pk", flat=True)) != sorted(keys):
        raise StaleOrder(STALE)
    _place(report, keys)
    _changed(report, "moved", None, by=by, at=at)


def _locked(report: Report) -> None:
    report.refresh_from_db(from_queryset=Report.objects.select_for_update(of=("self",)))


def _place(report: Report, keys: Sequence[int]) -> None:
    places = {key: place for place, key in enumerate(keys)}
    rows = list(report.blocks.all())
    for row in rows:
        row.position = places[row.pk]
    Block.objects.bulk_update(rows, ["position"])


def _changed(report: Report, what: str, block: Block | None, *, by: User, at: datetime) -> None:
    report.changed_at = at
    report.save(update_fields=["changed_at"])
    data = {"block": what, "part": block.part if block is not None else ""}
    journal.record("reports.report.changed", report, by=by, at=at, data=data)
