"""Scores of records, kept by a follower of the journal.

A score is a row of its own (RecordScore), not worked out when a page is opened: "worst first by
tier" is then one index, whatever lies in the past, and sums by owner are rows of ScoreTally. What
a change touches is scored again within seconds; what only time changes, on its day.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, Subquery
from django.utils.module_loading import import_string

from crm import scoring
from crm.models import Account, Activity, Contact, Deal, RecordScore, ScoreTally
from journal import services as journal
from people.models import User

CHUNK: Final = 1_000


def parts(keys: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(keys)
    while part := list(islice(rest, size)):
        yield part


def _last_activity(field: str) -> Subquery:
    rows = Activity.objects.filter(**{field: OuterRef("pk")}, is_private=False)
    return Subquery(rows.order_by().values(field).annotate(last=Max("at")).values("last"))


def _accounts(ids: Sequence[int]) -> Any:
    mailable = Contact.objects.active().filter(account=OuterRef("pk")).exclude(email="")
    return (
        Account.objects.active().filter(pk__in=ids)
        .annotate(has_contact=Exists(mailable), done=_last_activity("account"),
                  record_account=F("pk"), team=F("owner__team_id"), of_territory=F("territory_id"))
        .values()
    )  # fmt: skip


def _contacts(ids: Sequence[int]) -> Any:
    return (
        Contact.objects.active().filter(pk__in=ids, account__is_active=True)
        .annotate(done=_last_activity("contact"), tier=F("account__tier"),
                  record_account=F("account_id"), owner_id=F("account__owner_id"),
                  team=F("account__owner__team_id"), of_territory=F("account__territory_id"))
        .values()
    )  # fmt: skip


def _deals(ids: Sequence[int]) -> Any:
    return (
        Deal.objects.open().filter(pk__in=ids)
        .annotate(done=F("touched_at"), tier=F("account__tier"), record_account=F("account_id"),
                  team=F("owner__team_id"), of_territory=F("account__territory_id"),
                  quiet_days=F("stage__stale_days"))
        .values()
    )  # fmt: skip


ROWS: Final[dict[str, tuple[Any, Callable[[Sequence[int]], Any]]]] = {
    "account": (Account, _accounts), "contact": (Contact, _contacts), "deal": (Deal, _deals),
}  # fmt: skip
COPIED: Final = ("account_id", "owner_id", "team_id", "territory_id", "rank", "score", "gaps",
                 "again_at", "at")  # fmt: skip


def refresh(kind: str, ids: Iterable[int], *, at: datetime) -> int:
    """Score these records again, a thousand in three statements; returns how many have a score.

    Records that are gone, closed or switched off lose theirs.
    """
    count = 0
    for part in parts(sorted(set(ids)), CHUNK):
        scored = [_scored(kind, row, at) for row in facts(kind, part, at=at)]
        gone = set(part) - {one.record_id for one in scored}
        RecordScore.objects.filter(kind=kind, record_id__in=gone).delete()
        RecordScore.objects.bulk_create(
            scored, update_conflicts=True, unique_fields=["kind", "record_id"],
            update_fields=list(COPIED),
        )  # fmt: skip
        count += len(scored)
    return count


def facts(kind: str, ids: Sequence[int], *, at: datetime) -> Iterable[dict[str, Any]]:
    """What scores are made of: the values of each record, its rank, and when it was last touched."""
    for row in ROWS[kind][1](ids):
        row["rank"] = scoring.RANKS[Account.Tier(row["tier"])]
        changed = None if kind == "deal" else row["updated_at"]
        moments = [row["done"], row.get("reviewed_at"), changed]
        row["last"] = max((one for one in moments if one is not None), default=at)
        yield row


def _scored(kind: str, row: dict[str, Any], at: datetime) -> RecordScore:
    found = scoring.score_of(kind, row, at.date())
    return RecordScore(
        kind=kind, record_id=row["id"], account_id=row["record_account"],
        owner_id=row["owner_id"], team_id=row["team"], territory_id=row["of_territory"],
        rank=row["rank"], score=found.score, gaps=found.gaps,
        again_at=scoring.again_at(kind, row, at), at=at,
    )  # fmt: skip


def refresh_due(*, at: datetime, most: int = 5_000) -> int:
    """Score again what only time has changed."""
    due = RecordScore.objects.filter(again_at__lte=at).order_by("again_at")[:most]
    by_kind: dict[str, list[int]] = {}
    for kind, pk in due.values_list("kind", "record_id"):
        by_kind.setdefault(kind, []).append(pk)
    return sum(refresh(kind, ids, at=at) for kind, ids in by_kind.items())


def refresh_all(*, at: datetime) -> int:
    """Score everything: the first time, or after the weights were changed."""
    count = 0
    for kind, (model, _) in ROWS.items():
        keys = model.objects.order_by("pk").values_list("pk", flat=True).iterator(CHUNK)
        for part in parts(keys, CHUNK):
            count += refresh(kind, part, at=at)
    tally()
    return count


TALLY: Final = """
WITH base AS (
    SELECT kind, owner_id, team_id, territory_id, count(*) AS count, sum(score) AS total
    FROM crm_recordscore GROUP BY 1, 2, 3, 4
), lacking AS (
    SELECT kind, owner_id, team_id, territory_id, jsonb_object_agg(gap, n) AS gaps FROM (
        SELECT kind, owner_id, team_id, territory_id, gap, count(*) AS n
        FROM crm_recordscore, unnest(gaps) AS gap GROUP BY 1, 2, 3, 4, 5
    ) each_gap GROUP BY 1, 2, 3, 4
)
INSERT INTO crm_scoretally (kind, owner_id, team_id, territory_id, count, total, gaps)
SELECT b.kind, b.owner_id, b.team_id, b.territory_id, b.count, b.total,
       coalesce(l.gaps, '{}'::jsonb)
FROM base b LEFT JOIN lacking l
  ON (l.kind, coalesce(l.owner_id, 0), coalesce(l.team_id, 0), coalesce(l.territory_id, 0))
   = (b.kind, coalesce(b.owner_id, 0), coalesce(b.team_id, 0), coalesce(b.territory_id, 0))
"""


@transaction.atomic
def tally() -> None:
    """Sum all scores anew: one pass in a worker; the page reads a row for each owner."""
    ScoreTally.objects.all().delete()
    with connection.cursor() as sql:
        sql.execute(TALLY)


@transaction.atomic
def confirm(row: Account | Contact, *, by: User, at: datetime) -> None:
    """Somebody looked through the record: all that stands there is right."""
    row.reviewed_at = at
    row.save(update_fields=["reviewed_at", "updated_at"])
    account = row.pk if isinstance(row, Account) else row.account_id
    journal.record(f"crm.{row._meta.model_name}.confirmed", row, by=by, at=at, account_id=account)
    refresh(str(row._meta.model_name), [row.pk], at=at)


@transaction.atomic
def ask_owner(kind: str, row: Any, gap: str, *, by: User, at: datetime) -> str:
    """Ask who looks after the record to close a gap; returns where the question stands.

    :raises NobodyToAsk: when nobody looks after it.
    """
    account = row if kind == "account" else row.account
    owner = (row.owner if kind == "deal" else None) or account.owner
    if owner is None:
        raise NobodyToAsk(f"Nobody looks after {account}. Give it an owner first.")
    words = scoring.GAPS[kind][gap].words
    ask: Callable[..., str] = import_string(settings.ASK_OWNER)
    url = ask(
        account, title=f"{row}: {words[0].lower()}{words[1:]}. Do you know?", owner=owner, by=by, at=at,
        notes=f"The record of {row} is not complete. Please fill it in, or say that it stays empty.",
    )  # fmt: skip
    journal.record(
        f"crm.{kind}.asked", row, by=by, at=at, account_id=account.pk,
        data={"gap": gap, "owner": owner.pk},
    )  # fmt: skip
    return url


class NobodyToAsk(Exception):
    """The record has no owner; the message is fit for people to read."""
