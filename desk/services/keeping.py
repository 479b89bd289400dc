"""What the pages of the desk keep for their readers: views, presence, snoozes, weights, bulk runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from desk.models import BulkRun, IllegalMove, Presence, RadarWeight, SalesRequest, SavedView, Snooze
from desk.services import many
from journal import services as journal
from people.models import User

CHUNK: Final = 500
MOST: Final = 5_000
ACTS: Final = ("claim", "assign", "priority", "tag", "resolve", "merge")
GONE_AFTER: Final = timedelta(minutes=2)
LONGEST_SNOOZE: Final = timedelta(days=30)


class BadSnooze(Exception):
    """A snooze that cannot be; the message is fit for people to read."""


def here(row: SalesRequest, user: User, *, doing: str, at: datetime) -> None:
    """Somebody has the request open; said again every few seconds, it holds for thirty."""
    Presence.objects.update_or_create(
        request=row, user=user, defaults={"doing": doing, "seen_at": at}
    )


def gone(row: SalesRequest, user: User) -> None:
    Presence.objects.filter(request=row, user=user).delete()


def forget_gone(*, at: datetime) -> int:
    """Delete the marks of those who left without a word."""
    return Presence.objects.filter(seen_at__lt=at - GONE_AFTER).delete()[0]


def save_view(owner: User, *, name: str, query: str, shared: bool) -> SavedView:
    """Keep a state of the queue under a name; the same name again is the same view changed."""
    team = owner.team if shared else None
    row, _ = SavedView.objects.update_or_create(
        owner=owner, name=name, defaults={"query": query, "team": team}
    )
    return row


@transaction.atomic
def snooze(user: User, key: str, *, until: datetime, reason: str, at: datetime) -> None:
    """Leave a line of the radar out until then; it comes back by itself.

    :raises BadSnooze: for a moment that has passed or is more than 30 days away.
    """
    if not at < until <= at + LONGEST_SNOOZE:
        raise BadSnooze("Snooze it until a moment within the next 30 days.")
    row, _ = Snooze.objects.update_or_create(
        user=user, key=key, defaults={"until": until, "reason": reason, "at": at}
    )
    journal.record(
        "desk.radar.snoozed", row, by=user, at=at,
        data={"key": key, "until": until.isoformat(), "reason": reason},
    )  # fmt: skip


@transaction.atomic
def tune(weights: Mapping[str, tuple[int, int, bool]], *, by: User, at: datetime) -> None:
    """Say how loud each kind of the radar is: {kind: (points, points an hour, shown)}."""
    for kind, (points, per_hour, is_active) in weights.items():
        RadarWeight.objects.update_or_create(
            kind=kind,
            defaults={"points": points, "per_hour": per_hour, "is_active": is_active},
        )
    journal.record(
        "desk.radar.tuned", by, by=by, at=at,
        data={kind: list(values) for kind, values in weights.items()},
    )  # fmt: skip


def ask_many(
    act: str, keys: Sequence[int], *, args: Mapping[str, Any], by: User, at: datetime
) -> BulkRun:
    """Write down a step on many requests; `work_off` does it, in chunks.

    :raises IllegalMove: for more than 5,000, or a merge into nothing.
    """
    if len(keys) > MOST:
        raise IllegalMove(f"Take at most {MOST:,} at once; these are {len(keys):,}.")
    if act == "merge" and not SalesRequest.objects.filter(pk=args.get("into") or 0).exists():
        raise IllegalMove("Say into which request the others go.")
    return BulkRun.objects.create(
        act=act, args=dict(args), picked=sorted(set(keys)), by=by, asked_at=at
    )


def work_off(pk: int, *, at: datetime) -> BulkRun:
    """Do what is left of a run, a chunk in each transaction; two workers never do the same chunk."""
    while True:
        with transaction.atomic():
            rows = BulkRun.objects.select_for_update(of=("self",)).select_related("by__team")
            run = rows.get(pk=pk)
            if run.status == BulkRun.Status.DONE:
                return run
            chunk = run.picked[run.position : run.position + CHUNK]
            if chunk:
                changed, refused = _step(run, chunk, at)
                run.changed += changed
                run.refused = [*run.refused, *refused]
                run.position += len(chunk)
                run.status = BulkRun.Status.RUNNING
            if run.position >= len(run.picked):
                run.status, run.finished_at = BulkRun.Status.DONE, at
            run.save()


def _step(run: BulkRun, keys: list[int], at: datetime) -> tuple[int, many.Refused]:
    args: dict[str, Any] = run.args
    if run.act == "claim":
        return many.hand_to(dict.fromkeys(keys, (run.by, "")), by=run.by, at=at, only_new=True)
    if run.act == "assign":
        to = User.objects.get(pk=args["to"])
        return many.hand_to(
            dict.fromkeys(keys, (to, f"Given to you by {run.by}.")), by=run.by, at=at
        )
    if run.act == "priority":
        return many.prioritise(keys, priority=args["priority"], by=run.by, at=at)
    if run.act == "tag":
        return many.tag(keys, add=args["add"], remove=args.get("remove", []), by=run.by, at=at)
    if run.act == "merge":
        into = SalesRequest.objects.get(pk=args["into"])
        return many.merge_all(keys, into=into, by=run.by, at=at)
    return many.resolve_all(keys, by=run.by, at=at)


def work_off_all(*, at: datetime) -> int:
    """Go on with every run that is not done, oldest first; returns how many there were."""
    keys = list(BulkRun.objects.exclude(status="done").order_by("pk").values_list("pk", flat=True))
    for pk in keys:
        work_off(pk, at=at)
    return len(keys)
