"""Likely duplicates: found in a whole scan or for one record, kept as pairs, decided by people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from crm import matching
from crm.matching.blocks import Tally, candidates
from crm.matching.prints import ACCOUNT_FIELDS, CONTACT_FIELDS
from crm.models import Account, Contact, DuplicatePair, DuplicateScan, MatchKey
from crm.services.refusals import BadRecord
from crm.services.scores import parts
from journal import services as journal
from kit import bulk
from people.models import User

KINDS: Final = ("account", "contact")
CHUNK: Final = 5_000
LEASE: Final = timedelta(minutes=10)
NEAREST: Final = 60  # candidates of one record: those that share most keys
OF_A_KEY: Final = 200

SHARING: Final = """
SELECT near.record_id FROM unnest(%s::bigint[]) AS wanted(key), LATERAL (
    SELECT record_id FROM crm_matchkey m WHERE m.key = wanted.key LIMIT %s
) near WHERE near.record_id <> %s GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s
"""
KEEP: Final = """
INSERT INTO crm_duplicatepair AS p (kind, first_id, second_id, score, is_sure, reasons, state, found_at)
SELECT %s, f.a, f.b, f.score, f.sure, f.reasons, 'open', %s
FROM jsonb_to_recordset(%s::jsonb) AS f(a bigint, b bigint, score int, sure boolean, reasons jsonb)
ON CONFLICT (kind, first_id, second_id) DO UPDATE
SET score = excluded.score, is_sure = excluded.is_sure, reasons = excluded.reasons,
    found_at = excluded.found_at
WHERE p.state = 'open'
"""


class AlreadyDecided(Exception):
    """Somebody was faster; the message is fit for people to read."""


class AlreadyScanning(Exception):
    """One scan of a kind at a time; the message is fit for people to read."""


def prints(kind: str, ids: Iterable[int] | None = None) -> list[Any]:
    """What is compared of active records; all of them, or those of `ids`."""
    keys = None if ids is None else list(ids)
    if kind == "contact":
        people = Contact.objects.active()
        people = people if keys is None else people.filter(pk__in=keys)
        return [
            matching.contact_print(row) for row in people.values(*CONTACT_FIELDS).iterator(CHUNK)
        ]
    rows = Account.objects.active()
    rows = rows if keys is None else rows.filter(pk__in=keys)
    mails = _mails(keys)
    return [
        matching.account_print(row, mails.get(row["pk"], ()))
        for row in rows.values(*ACCOUNT_FIELDS).iterator(CHUNK)
    ]


def _mails(accounts: Sequence[int] | None) -> dict[int, list[str]]:
    people = Contact.objects.active().exclude(email="")
    if accounts is not None:
        people = people.filter(account__in=accounts)
    found: dict[int, list[str]] = {}
    for account, address in people.values_list("account_id", "email").iterator(CHUNK):
        found.setdefault(account, []).append(address)
    return found


def hashes(kind: str, one: Any) -> set[int]:
    """The blocking keys of a record as the database keeps them: short, and the same everywhere."""
    return {
        int.from_bytes(
            blake2b(f"{kind}:{key}".encode(), digest_size=8).digest(), "big", signed=True
        )
        for key in one.blocks()
    }


def compare(kind: str, a: Any, b: Any) -> matching.Finding | None:
    return matching.compare_contacts(a, b) if kind == "contact" else matching.compare_accounts(a, b)


@dataclass(frozen=True)
class Likeness:
    """A record that is there already and looks like another."""

    pk: int
    finding: matching.Finding


def similar(kind: str, values: Mapping[str, Any], *, most: int = 5) -> list[Likeness]:
    """Records that look like one with these values, best first: what a form says before saving."""
    columns = ACCOUNT_FIELDS if kind == "account" else CONTACT_FIELDS
    blank: dict[str, Any] = dict.fromkeys(columns, "")
    given = {name: value for name, value in values.items() if name in blank and value is not None}
    row = blank | {"pk": 0} | given
    if not str(row["name"]).strip():
        return []
    one = matching.contact_print(row) if kind == "contact" else matching.account_print(row)
    return _near(kind, one)[:most]


def _near(kind: str, one: Any) -> list[Likeness]:
    with connection.cursor() as sql:
        sql.execute(SHARING, [list(hashes(kind, one)), OF_A_KEY, one.pk, NEAREST])
        ids = [row[0] for row in sql.fetchall()]
    found = [
        Likeness(other.pk, finding)
        for other in prints(kind, ids)
        if (finding := compare(kind, one, other)) is not None
    ]
    return sorted(found, key=lambda like: (-like.finding.score, like.pk))


@transaction.atomic
def look_at(kind: str, ids: Iterable[int], *, at: datetime) -> int:
    """Find anew what these records look like, after they were made or changed; returns how many
    pairs. Open pairs that are none any more go; decided ones stay as they were decided."""
    keys = sorted(set(ids))
    mine = prints(kind, keys)
    MatchKey.objects.filter(kind=kind, record_id__in=keys).delete()
    MatchKey.objects.bulk_create(
        MatchKey(kind=kind, record_id=one.pk, key=key) for one in mine for key in hashes(kind, one)
    )
    found = {}
    for one in mine:
        for like in _near(kind, one):
            found[min(one.pk, like.pk), max(one.pk, like.pk)] = like.finding
    stale = DuplicatePair.objects.open().filter(kind=kind).filter(
        Q(first_id__in=keys) | Q(second_id__in=keys)
    )  # fmt: skip
    gone = [p.pk for p in stale if (p.first_id, p.second_id) not in found]
    DuplicatePair.objects.filter(pk__in=gone).delete()
    _keep(kind, found, at)
    return len(found)


def _keep(kind: str, found: Mapping[tuple[int, int], matching.Finding], at: datetime) -> None:
    if not found:
        return
    rows = [
        {"a": a, "b": b, "score": one.score, "sure": one.is_sure, "reasons": one.reasons}
        for (a, b), one in found.items()
    ]
    with connection.cursor() as sql:
        sql.execute(KEEP, [kind, at, json.dumps(rows)])


@transaction.atomic
def ask_scan(kind: str, *, by: User | None, at: datetime) -> DuplicateScan:
    """Have a worker look over all records of a kind.

    :raises AlreadyScanning: while one waits or runs.
    """
    try:
        with transaction.atomic():
            scan = DuplicateScan.objects.create(kind=kind, by=by, created_at=at)
    except IntegrityError:
        raise AlreadyScanning("A scan is on its way already.") from None
    journal.record("crm.duplicatescan.asked", scan, by=by, at=at, data={"kind": kind})
    return scan


def run_next_scan(*, at: datetime) -> DuplicateScan | None:
    """Do the scan that waits, or one whose worker died; None when there is none."""
    with transaction.atomic():
        live = DuplicateScan.objects.exclude(status="done").select_for_update(skip_locked=True)
        scan = live.filter(Q(lease_until=None) | Q(lease_until__lt=at)).order_by("pk").first()
        if scan is None:
            return None
        scan.status, scan.lease_until = DuplicateScan.Status.RUNNING, at + LEASE
        scan.done = scan.found = scan.skipped = 0
        scan.save()
    _scan(scan, at)
    return scan


def _scan(scan: DuplicateScan, at: datetime) -> None:
    ones = prints(scan.kind)
    scan.total = len(ones)
    scan.save(update_fields=["total"])
    tally, found = Tally(), {}
    step = max(1, len(ones) // 20)
    for a, b in candidates(ones, tally, begun=lambda n: _progress(scan, n, step)):
        finding = compare(scan.kind, a, b)
        if finding is not None:
            found[min(a.pk, b.pk), max(a.pk, b.pk)] = finding
    _settle(scan, ones, found, at)
    scan.done, scan.compared, scan.skipped = scan.total, tally.compared, tally.skipped
    scan.found, scan.status, scan.finished_at = len(found), DuplicateScan.Status.DONE, at
    scan.lease_until = None
    scan.save()


def _progress(scan: DuplicateScan, done: int, step: int) -> None:
    if done % step == 0:
        DuplicateScan.objects.filter(pk=scan.pk).update(done=done)


@transaction.atomic
def _settle(
    scan: DuplicateScan, ones: Sequence[Any], found: dict[tuple[int, int], matching.Finding],
    at: datetime,
) -> None:  # fmt: skip
    """Keys and pairs of all records, in one transaction: nobody sees half a scan."""
    with connection.cursor() as sql:
        sql.execute("SET LOCAL statement_timeout = 0")  # a million records bring ten million keys
    MatchKey.objects.filter(kind=scan.kind).delete()
    keys = sorted((key, one.pk) for one in ones for key in hashes(scan.kind, one))
    bulk.copy(  # in the order of the index, which then only grows at its end
        "crm_matchkey", ("key", "record_id", "kind"), ((*pair, scan.kind) for pair in keys)
    )
    DuplicatePair.objects.open().filter(kind=scan.kind, found_at__lt=at).delete()
    pairs = list(found)
    for part in parts(range(len(pairs)), CHUNK):
        _keep(scan.kind, {pairs[n]: found[pairs[n]] for n in part}, at)


@transaction.atomic
def not_the_same(pair: DuplicatePair, *, by: User, at: datetime) -> None:
    """The two are different: the pair never comes back.

    :raises AlreadyDecided: if somebody was faster.
    """
    decide(pair, DuplicatePair.State.DIFFERENT, by=by, at=at)
    journal.record(
        "crm.duplicatepair.different", pair, by=by, at=at,
        data={"kind": pair.kind, "first": pair.first_id, "second": pair.second_id},
    )  # fmt: skip


def decide(pair: DuplicatePair, state: str, *, by: User, at: datetime) -> None:
    pair.refresh_from_db(from_queryset=DuplicatePair.objects.select_for_update(of=("self",)))
    if pair.state != DuplicatePair.State.OPEN:
        raise AlreadyDecided(f"This was decided already: {pair.get_state_display().lower()}.")
    pair.state, pair.decided_by, pair.decided_at = state, by, at
    pair.save()


def pair_of(kind: str, one: int, other: int) -> tuple[int, int]:
    """The two keys in the order in which a pair keeps them.

    :raises BadRecord: for one and the same.
    """
    if one == other or kind not in KINDS:
        raise BadRecord({"": "Choose two records of the same kind."})
    return min(one, other), max(one, other)
