"""Deliveries: claimed, sent, settled. Nothing is sent twice, nothing unknown is sent again.

pending -> sending (a lease, an attempt) -> sent | failed. The lease is committed before anything
leaves. A sender that dies leaves an expired lease: the relay's log is asked by Message-ID; where
there is none, a person decides.
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from comms import carriers, holders, providers, services
from comms.carriers import Ways
from comms.mail import Around, look_around
from comms.models import MAIN, Delivery, Suppression
from comms.outcomes import Later, Never, NotReached, NotTaken, Unknown

LEASE: Final = timedelta(seconds=120)
SLOWEST: Final = timedelta(seconds=60)  # longer than an exchange with a relay can take
LAST_WORDS: Final = timedelta(
    seconds=15
)  # in which a relay writes down what a killed sender gave it
MOST_PUT_OFF: Final = 6
BATCH: Final = 50
RUN_SECONDS: Final = (
    60  # of one batch; a worker is killed after 240, and what it holds is then unknown
)
GROUP: Final = 20  # marks that are written together, where a log could settle them after a kill
GROUP_SECONDS: Final = 0.2
IN_A_ROW: Final = 3  # so many times "later" is no longer about one reader
TOO_MUCH: Final = re.compile(
    r"too many|too much|throttl|rate.?limit|slow down|4\.7\.\d", re.IGNORECASE
)
GOING_AWAY, TOO_MANY = 421, 429
NO_SUCH_READER: Final = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b")  # RFC 3463, 3.2
log = logging.getLogger(__name__)
Status = Delivery.Status

CLAIM: Final = """
WITH due AS MATERIALIZED (
    SELECT id FROM comms_delivery WHERE status = 'pending' AND provider = %s AND due_at <= %s
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE comms_delivery d SET status = 'sending', lease_until = %s, holder = %s, attempts = attempts + 1
FROM due WHERE d.id = due.id RETURNING d.*
"""
MARK: Final = """
UPDATE comms_delivery d SET status = 'sent', sent_at = m.at, lease_until = NULL, problem = ''
FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS m(id, attempts, at)
WHERE d.id = m.id AND d.attempts = m.attempts AND d.status = 'sending'
"""


def send_due(*, at: datetime, batch: int = BATCH, ways: Ways | None = None) -> int:
    """Claim what is due and send it; returns how many were claimed.

    `ways`: connections that the caller keeps over several calls.
    """
    if ways is None:
        with Ways() as own:
            return send_due(at=at, batch=batch, ways=own)
    return sum(_send_by(name, ways, at=at, batch=batch) for name in carriers.names())


def _send_by(name: str, ways: Ways, *, at: datetime, batch: int) -> int:
    claimed, trial = _claim(name, at=at, batch=batch)
    if not claimed:
        return 0
    run = Run(name, ways, claimed, trial=trial)
    try:
        run.go()
    finally:
        run.marks.write()
    return len(claimed)


def claim(*, at: datetime, batch: int, provider: str = MAIN) -> list[Delivery]:
    """Take a lease on due deliveries; another worker's are skipped, never waited for."""
    return _claim(provider, at=at, batch=batch)[0]


@transaction.atomic
def _claim(provider: str, *, at: datetime, batch: int) -> tuple[list[Delivery], bool]:
    granted = providers.grant(provider, wanted=batch, at=at)
    if not granted.most:
        return [], False
    found = Delivery.objects.raw(CLAIM, [provider, at, granted.most, at + LEASE, holders.me()])
    rows = sorted(found, key=lambda row: (row.due_at, row.pk))
    providers.spend(provider, count=len(rows), at=at)
    return rows, granted.trial


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    """The row as long as this very attempt holds it: who lost the lease writes nothing."""
    return Delivery.objects.filter(
        pk=delivery.pk, status=Status.SENDING, attempts=delivery.attempts
    )


def _still_ours(rows: list[Delivery]) -> bool:
    """Whether the lease of the first of `rows` holds for as long as sending it can take. One that runs
    out is renewed, with those of all that wait behind it: nobody tried them, so nobody may take them
    for unknown."""
    now, first = timezone.now(), rows[0]
    if first.lease_until is not None and first.lease_until - now > SLOWEST:
        return True
    until = now + LEASE
    renewed = 0
    for row in rows:
        mine = _mine(row).update(lease_until=until)
        row.lease_until = until if mine else None
        renewed += mine if row is first else 0
    return bool(renewed)


class Marks:
    """What was taken, written down: at once, or some together where the relay's log could tell
    after a kill what had been taken."""

    def __init__(self, *, grouped: bool) -> None:
        self.most = GROUP if grouped else 1
        self.waiting: list[tuple[int, int, datetime]] = []
        self.since = monotonic()

    def add(self, delivery: Delivery) -> None:
        if not self.waiting:
            self.since = monotonic()
        self.waiting.append((delivery.pk, delivery.attempts, timezone.now()))
        if len(self.waiting) >= self.most:
            self.write()

    def write_old(self) -> None:
        if self.waiting and monotonic() - self.since > GROUP_SECONDS:
            self.write()

    def write(self) -> None:
        if self.waiting:
            with connection.cursor() as sql:
                sql.execute(MARK, [list(column) for column in zip(*self.waiting, strict=True)])
            self.waiting = []


@dataclass(frozen=True)
class Halt:
    """Why a way out gets nothing more now; for at least and at most so many seconds."""

    why: str
    longest: int
    least: int = 0


class Run:
    """One batch on its way out by one provider."""

    def __init__(self, name: str, ways: Ways, rows: list[Delivery], *, trial: bool) -> None:
        self.name, self.ways, self.rows, self.trial = name, ways, rows, trial
        self.marks = Marks(grouped=bool(carriers.log_of(name)))
        self.put_off = 0  # in a row

    def go(self) -> None:
        rows = _without_stopped(self.rows)
        around, began = look_around(rows), monotonic()
        for place, row in enumerate(rows):
            self.marks.write_old()
            if monotonic() - began > RUN_SECONDS:
                _give_back(rows[place:], "")
                return
            if not _still_ours(rows[place:]):
                continue
            halt = self._hand_over(row, around)
            if halt is not None:
                _give_back(rows[place + 1 :], halt.why)
                providers.pause(
                    self.name,
                    why=halt.why,
                    longest=halt.longest,
                    least=halt.least,
                    at=timezone.now(),
                )
                return

    def _hand_over(self, row: Delivery, around: Around) -> Halt | None:
        """Hand over one; why and for how long the others had better wait, if so."""
        try:
            self.ways[self.name].carry(row, around)
        except NotReached as away:
            _give_back([row], str(away))
            return Halt(str(away), providers.LONGEST_AWAY)
        except (Later, NotTaken) as told:
            return self._told_later(row, told)
        except Unknown as cut:
            # It may have been taken, or be taken yet: let the lease run out, then ask.
            log.warning("delivery %s: %s", row.pk, cut)
            _mine(row).update(problem=str(cut)[:500])
        except (Never, ValueError, FileNotFoundError) as refusal:
            _fail(row, str(refusal))
        else:
            self._taken(row)
        return None

    def _told_later(self, row: Delivery, told: Later | NotTaken) -> Halt | None:
        why, least = str(told), told.wait if isinstance(told, Later) else 0
        if isinstance(told, Later) and told.code == TOO_MANY:
            # A provider has enough of us: that is about nobody's mail, and costs none its tries.
            _give_back([row], why)
            return Halt(why, providers.LONGEST_SLOW, least)
        _again(row, why)
        self.put_off += 1
        if _too_much(told) or self.put_off >= IN_A_ROW:
            return Halt(why, providers.LONGEST_SLOW, least)
        return None

    def _taken(self, row: Delivery) -> None:
        self.marks.add(row)
        self.put_off = 0
        if self.trial:
            providers.recovered(self.name)
            self.trial = False


def _too_much(told: Later | NotTaken) -> bool:
    if isinstance(told, NotTaken):
        return False
    return told.code in {GOING_AWAY, TOO_MANY} or TOO_MUCH.search(str(told)) is not None


def _without_stopped(rows: list[Delivery]) -> list[Delivery]:
    """Those whose address may get mail; the others are cancelled with the reason."""
    addresses = {row.recipient.lower() for row in rows if row.channel == "mail"}
    stops = Suppression.objects.standing().by_address(addresses)
    leaving = []
    for row in rows:
        stop = stops.get(row.recipient.lower()) if row.channel == "mail" else None
        if stop is not None:
            why = f"No mail goes to this address: {stop.get_reason_display().lower()}."
            _mine(row).update(
                status=Status.CANCELLED, lease_until=None, problem=why, suppression=stop
            )
        else:
            leaving.append(row)
    return leaving


def _give_back(rows: list[Delivery], why: str) -> None:
    """They were not even tried: due as before, and that costs no attempt."""
    for row in rows:
        _mine(row).update(
            status=Status.PENDING, lease_until=None, problem=why[:500], attempts=F("attempts") - 1
        )


def _again(delivery: Delivery, problem: str) -> None:
    """The other side said "later": wait longer each time, then give up."""
    if delivery.put_off + 1 >= MOST_PUT_OFF:
        _mine(delivery).update(status=Status.FAILED, lease_until=None, problem=problem[:500])
        return
    wait = timedelta(seconds=15 * 4**delivery.put_off)
    _mine(delivery).update(
        status=Status.PENDING, due_at=timezone.now() + wait, lease_until=None,
        problem=problem[:500], put_off=delivery.put_off + 1,
    )  # fmt: skip


def _fail(delivery: Delivery, problem: str) -> None:
    with transaction.atomic():
        settled = _mine(delivery).update(
            status=Status.FAILED, lease_until=None, problem=problem[:500]
        )
        if settled and NO_SUCH_READER.search(problem):
            services.bounced(delivery, hard=True, why=problem, at=timezone.now())


def reconcile(*, at: datetime) -> int:
    """Settle deliveries whose sender died: sent, to be sent again, or unknown.

    The log is asked outside of any transaction; a row that moved meanwhile is left alone.
    """
    _cut_short(at)
    left = Delivery.objects.filter(status=Status.SENDING, lease_until__lt=at)
    by_provider: dict[str, list[Delivery]] = {}
    for row in left.order_by("pk")[:1000]:
        by_provider.setdefault(row.provider, []).append(row)
    count = 0
    for name, rows in by_provider.items():
        taken = carriers.taken(name, [row.message_id for row in rows])
        for row in rows:
            count += _found_out(row, taken.get(row.message_id), at)
    return count


def _cut_short(at: datetime) -> None:
    """The lease of a process that is certainly gone ends soon, and not only when it runs out."""
    held = Delivery.objects.filter(status=Status.SENDING, lease_until__gt=at + LAST_WORDS)
    known = held.exclude(holder="").values_list("holder", flat=True).distinct().order_by("holder")
    gone = [holder for holder in known if holders.is_dead(holder)]
    if gone:
        held.filter(holder__in=gone).update(lease_until=at + LAST_WORDS)


def _found_out(row: Delivery, taken: bool | None, at: datetime) -> int:  # noqa: FBT001
    mine = _mine(row).filter(lease_until__lt=at)
    once = settings.MAIL_PROVIDERS.get(row.provider, {}).get("idempotency_header")
    if taken:
        return mine.update(status=Status.SENT, sent_at=at, lease_until=None, problem="")
    if taken is False or (once and row.due_at > at - timedelta(hours=12)):
        return mine.update(status=Status.PENDING, lease_until=None)
    why = "The sender stopped while sending; nobody can say whether it was taken."
    return mine.update(status=Status.UNKNOWN, lease_until=None, problem=why)
