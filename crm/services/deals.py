"""Deals: opened, changed, moved from stage to stage, won, lost, opened again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, models, transaction

from crm.models import ENTRY_RULES, Account, Deal, DealLine, DealLink, DealStage, LostReason, Stage
from crm.services import fields as fields_of
from crm.services import validation
from crm.services.records import with_custom
from crm.services.refusals import BadRecord
from journal import services as journal
from people.models import User

MOST_LINES: Final = 200
MOST_LINKS: Final = 500
CLOSED: Final = {Stage.Kind.WON: "won", Stage.Kind.LOST: "lost"}


class IllegalDealMove(Exception):
    """The deal stands there already, or the stage is of another pipeline; fit for people."""


class Missing(Exception):
    """What the stage asks for and the deal has not: `fields` are attributes of Deal."""

    def __init__(self, stage: Stage, fields: Sequence[str]) -> None:
        words = " and ".join(ENTRY_RULES.get(name, name) for name in fields)
        super().__init__(f"“{stage.name}” asks for {words}.")
        self.fields = list(fields)


@dataclass(frozen=True)
class Line:
    name: str
    quantity: Decimal
    price: Decimal
    sku: str = ""


def record(what: str, deal: Deal, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(
        f"crm.deal.{what}", deal, by=by, at=at, account_id=deal.account_id, data=data
    )  # fmt: skip


@transaction.atomic
def open_deal(
    *, account: Account, stage: Stage, by: User, at: datetime, opened_at: datetime | None = None,
    **fields: Any,
) -> Deal:  # fmt: skip
    """A new deal in an open stage, in front of which nothing is asked.

    :raises IllegalDealMove: for a stage that ends deals.
    """
    if stage.kind != Stage.Kind.OPEN:
        raise IllegalDealMove("A deal begins in an open stage.")
    with_custom("deal", fields)
    began = opened_at or at
    fields.setdefault("currency", account.currency)
    stands = {"account": account, "stage": stage, "pipeline_id": stage.pipeline_id}
    validation.check_new("deal", stands | fields)
    deal = Deal.objects.create(
        account=account, pipeline_id=stage.pipeline_id, stage=stage, stage_since=began,
        opened_at=began, touched_at=at, created_at=at, **fields,
    )  # fmt: skip
    DealStage.objects.create(deal=deal, stage=stage, from_at=began, by=by)
    record("opened", deal, by=by, at=at, stage=stage.name, amount=fields_of.said(deal.amount))
    return deal


@transaction.atomic
def change_deal(deal: Deal, *, by: User, at: datetime, why: str = "", **fields: Any) -> None:
    """Change facts of a deal, not its stage.

    :raises BadRecord: for an amount beside products, or a contact of another account.
    """
    fields_of.locked(deal)
    _sensible(deal, fields)
    with_custom("deal", fields, deal)
    changed = fields_of.apply(deal, fields)
    if changed:
        _touch(deal, at)
        record("changed", deal, by=by, at=at, **fields_of.with_reason(changed, why))


def _sensible(deal: Deal, fields: dict[str, Any]) -> None:
    contact = fields.get("contact", deal.contact)
    account = fields.get("account", deal.account)
    if contact is not None and contact.account_id != account.pk:
        raise BadRecord({"contact": f"{contact} is not at {account}."})
    if "amount" in fields and fields["amount"] != deal.amount and deal.lines.exists():
        raise BadRecord({"amount": "The products make the amount. Change them instead."})


@transaction.atomic
def move_deal(
    deal: Deal, stage: Stage, *, by: User | None, at: datetime,
    lost_reason: LostReason | None = None, lost_note: str = "",
) -> None:  # fmt: skip
    """Put a deal into another stage of its pipeline; the time in the old one is kept.

    :raises IllegalDealMove: if it stands there, or the stage is of another pipeline.
    :raises Missing: if the stage asks for something that the deal has not.
    :raises BadRecord: when a rule about the stage refuses what the deal has.
    """
    fields_of.locked(deal)
    left = deal.stage
    if stage.pipeline_id != deal.pipeline_id:
        raise IllegalDealMove(f"“{stage.name}” is no stage of this pipeline.")
    if stage.pk == left.pk:
        raise IllegalDealMove(f"{deal.name} stands in “{stage.name}” already.")
    lacking = missing(deal, stage)
    if stage.kind == Stage.Kind.LOST and lost_reason is None:
        lacking = [*lacking, "lost_reason"]
    if lacking:
        raise Missing(stage, lacking)
    lost = stage.kind == Stage.Kind.LOST
    ends: dict[str, Any] = {
        "lost_reason": lost_reason if lost else None,
        "lost_note": lost_note[:500] if lost else "",
    }
    fields_of.check(deal, {"stage": stage, **ends})
    begins = max(at, deal.stage_since)
    deal.history.filter(to_at__isnull=True).update(to_at=begins)
    DealStage.objects.create(deal=deal, stage=stage, from_at=begins, by=by)
    deal.stage, deal.status, deal.stage_since = stage, stage.kind, begins
    deal.closed_at = begins if stage.kind != Stage.Kind.OPEN else None
    deal.lost_reason, deal.lost_note = ends["lost_reason"], ends["lost_note"]
    deal.touched_at = begins
    deal.save()
    _tell_move(deal, left, by=by, at=at)


def _tell_move(deal: Deal, left: Stage, *, by: User | None, at: datetime) -> None:
    what = CLOSED.get(Stage.Kind(deal.status), "reopened" if left.kind != "open" else "moved")
    more = {"reason": str(deal.lost_reason)} if deal.lost_reason else {}
    record(
        what, deal, by=by, at=at, **more, amount=fields_of.said(deal.amount),
        stage=[left.name, deal.stage.name],
    )  # fmt: skip


def missing(deal: Deal, stage: Stage) -> list[str]:
    """What the stage asks for before a deal enters, and this one has not."""
    lines = "lines" in stage.requires and not deal.lines.exists()
    return [
        name for name in stage.requires
        if (lines if name == "lines" else name in ENTRY_RULES and getattr(deal, name) in (None, "", []))
    ]  # fmt: skip


@transaction.atomic
def set_lines(deal: Deal, lines: Sequence[Line], *, by: User, at: datetime) -> None:
    """The products of a deal, all of them anew; their sum is its amount.

    :raises BadRecord: beyond 200 lines, or a sum that no deal can have.
    """
    fields_of.locked(deal)
    if len(lines) > MOST_LINES:
        raise BadRecord({"": f"At most {MOST_LINES} products."})
    total = sum((line.quantity * line.price for line in lines), Decimal(0))
    if total >= Decimal(10) ** 12:
        raise BadRecord({"": "The sum is too large for a deal."})
    amount = total.quantize(Decimal("0.01")) if lines else deal.amount
    fields_of.check(deal, {"amount": amount})
    deal.lines.all().delete()
    DealLine.objects.bulk_create(
        DealLine(deal=deal, sku=one.sku, name=one.name, quantity=one.quantity, price=one.price,
                 position=n) for n, one in enumerate(lines)
    )  # fmt: skip
    old, deal.amount = deal.amount, amount
    _touch(deal, at)
    record(
        "products", deal, by=by, at=at, lines=len(lines),
        amount=[fields_of.said(old), fields_of.said(deal.amount)],
    )  # fmt: skip


def _touch(deal: Deal, at: datetime) -> None:
    deal.touched_at = max(at, deal.touched_at)
    deal.save(update_fields=["amount", "touched_at", "updated_at"])


@transaction.atomic
def link(deal: Deal, subject: models.Model, *, by: User, at: datetime) -> bool:
    """Say that something belongs to a deal; False if that was known.

    :raises BadRecord: beyond 500 things.
    """
    if deal.links.count() >= MOST_LINKS:
        raise BadRecord({"": f"At most {MOST_LINKS} things belong to one deal."})
    label = subject._meta.label_lower
    try:
        with transaction.atomic():
            DealLink.objects.create(
                deal=deal, subject_type=label, subject_id=subject.pk, at=at, by=by
            )
    except IntegrityError:
        return False
    _touch(deal, at)
    record("linked", deal, by=by, at=at, subject=label, id=subject.pk, name=str(subject)[:200])
    return True


@transaction.atomic
def unlink(deal: Deal, row: DealLink, *, by: User, at: datetime) -> None:
    record("unlinked", deal, by=by, at=at, subject=row.subject_type, id=row.subject_id)
    row.delete()


@transaction.atomic
def link_along(source: models.Model, made: models.Model, *, by: User, at: datetime) -> None:
    """What is made of a thing belongs to the deals of that thing."""
    rows = Deal.objects.filter(
        links__subject_type=source._meta.label_lower, links__subject_id=source.pk
    )
    for deal in rows.order_by("pk")[:MOST_LINKS]:
        if deal.links.count() < MOST_LINKS:
            link(deal, made, by=by, at=at)
