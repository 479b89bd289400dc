"""Signs that a meeting took place: what is kept of them, and when they are enough.

Joins are enough: the host and a guest in the call within its time is a meeting that was held. A
mail of a guest, a note or a colleague who joined only stand beside the question. That nobody was
seen proves nothing: no outcome but "held" is ever taken from evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from meetings.models import Evidence, Meeting, Outcome
from meetings.services import steps
from meetings.services.refusals import BadMeeting
from people.models import User

EARLY: Final = timedelta(minutes=15)
TOO_EARLY: Final = timedelta(days=1)
AHEAD: Final = timedelta(minutes=2)  # clocks of other systems
MOST: Final = 500


@dataclass(frozen=True)
class Verdict:
    """What the evidence says by itself."""

    outcome: Outcome
    started_at: datetime
    why: str


@transaction.atomic
def add_evidence(
    meeting: Meeting, *, kind: str, by: User | None, at: datetime, seen_at: datetime,
    side: str = "", who: str = "", text: str = "",
) -> Evidence:  # fmt: skip
    """Keep a sign of whether the meeting took place; the same sign is kept once.

    Nothing is concluded here: see `asking_outcome.weigh`.

    :param seen_at: when it happened; :param side: of whom it speaks, one of `Evidence.Side`.
    :raises BadMeeting: without a slot, for a time that cannot be, or beyond 500 signs.
    """
    steps.lock(meeting)
    if meeting.starts_at is None:
        raise BadMeeting("It has no time yet, so nothing can speak for it.")
    if not meeting.starts_at - TOO_EARLY <= seen_at <= at + AHEAD:
        raise BadMeeting("That is not a time at which this meeting could have been seen.")
    known = Evidence.objects.filter(
        meeting=meeting, kind=kind, side=side, who=who[:200], at=seen_at
    ).first()
    if known is not None:
        return known
    if Evidence.objects.filter(meeting=meeting).count() >= MOST:
        raise BadMeeting(f"At most {MOST} signs are kept of one meeting.")
    row = Evidence.objects.create(
        meeting=meeting, kind=kind, at=seen_at, by=by, side=side, who=who[:200], text=text[:300]
    )
    steps.record("evidence", meeting, by=by, at=at, kind=kind, side=side, who=who[:200])
    return row


def verdict(meeting: Meeting, signs: Iterable[Evidence]) -> Verdict | None:
    """Held, if the host and a guest joined between 15 minutes before its start and its end.

    It began when the later of the two was there, and never before its time.
    """
    if meeting.starts_at is None or meeting.ends_at is None:
        return None
    first: dict[str, datetime] = {}
    for sign in signs:
        within = meeting.starts_at - EARLY <= sign.at <= meeting.ends_at
        if sign.kind == Evidence.Kind.JOIN and sign.side and within:
            first[sign.side] = min(first.get(sign.side, sign.at), sign.at)
    if not {Evidence.Side.HOST, Evidence.Side.GUEST} <= set(first):
        return None
    together = max(first[Evidence.Side.HOST], first[Evidence.Side.GUEST])
    return Verdict(
        Outcome.HELD, max(together, meeting.starts_at), "The host and a guest joined the call."
    )


def word(meeting: Meeting, *, by: User, at: datetime, text: str) -> None:
    """A person's word, kept among the signs."""
    try:
        with transaction.atomic():
            Evidence.objects.create(
                meeting=meeting, kind=Evidence.Kind.WORD, at=at, by=by, text=text[:300],
                who=by.get_full_name()[:200],
            )  # fmt: skip
    except IntegrityError:
        return  # the same word at the same instant
