"""Which material fits a customer's business, and why: by its tags, and by what was won with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from comms.parties import parties_of
from crm.models import Account, Deal, DealLink
from kit.markup import day
from library.models import Material, Sort, Tag, Use
from library.queries.usage import last_given, won_with

LIMIT: Final = 5
CANDIDATES: Final = 500
WEIGHTS: Final = {Sort.PRODUCT: 4, Sort.INDUSTRY: 3, Sort.STAGE: 2}
MOST_FOR_WON: Final = 5  # points: what always wins does not push everything else out


@dataclass(frozen=True)
class Suggested:
    """Material and the sentence that says why."""

    material: Material
    reason: str
    score: int
    given_at: datetime | None = None


@dataclass(frozen=True)
class Context:
    """What a business is about."""

    account: Account | None
    stage: str = ""
    products: Sequence[str] = field(default_factory=tuple)


def suggest(
    account: Account | None, *, stage: str = "", industry: str = "",
    products: Sequence[str] = (), at: datetime, limit: int = LIMIT,
) -> list[Suggested]:  # fmt: skip
    """Material that is offered today and fits, the best first. The industry is the account's unless
    one is given; `products` are their numbers."""
    industry = industry or (account.industry if account is not None else "")
    today = timezone.localdate(at, timezone.get_default_timezone())
    hits = _tagged(stage, industry, products)
    keys = set(hits) | set(_used(industry))
    offered = {
        row.pk: row
        for row in Material.objects.offered(today).filter(pk__in=keys).select_related("current")
    }
    won = won_with(offered.keys())
    given = last_given(account.pk, offered.keys()) if account is not None else {}
    found = [
        Suggested(row, _reason(hits[pk], won.get(pk, 0), given.get(pk)),
                  _score(hits[pk], won.get(pk, 0), given=pk in given), given.get(pk))
        for pk, row in offered.items() if hits[pk] or won.get(pk)
    ]  # fmt: skip
    found.sort(key=lambda one: (-one.score, one.material.title, one.material.pk))
    return found[:limit]


def suggest_for(subject: Model, *, at: datetime, limit: int = LIMIT) -> list[Suggested]:
    """For a request, a meeting, a deal or an account."""
    about = context_of(subject)
    return suggest(
        about.account, stage=about.stage, products=about.products, at=at, limit=limit
    )  # fmt: skip


def context_of(subject: Model) -> Context:
    """The customer, the stage and the products of an object: its own, those of the deal that it
    belongs to, and the products that its app names (settings.LIBRARY_PRODUCTS)."""
    account = subject if isinstance(subject, Account) else getattr(subject, "account", None)
    if not isinstance(account, Account):
        key = parties_of(subject).account_id
        account = Account.objects.filter(pk=key).first() if key else None
    deal = subject if isinstance(subject, Deal) else _deal_of(subject, account)
    path = settings.LIBRARY_PRODUCTS.get(subject._meta.label_lower)
    products: list[str] = list(import_string(path)(subject)) if path else []
    if deal is not None:
        products += [sku for sku in deal.lines.values_list("sku", flat=True)[:50] if sku]
    return Context(account, deal.stage.name if deal is not None else "", products)


def _deal_of(subject: Model, account: Account | None) -> Deal | None:
    """The open deal that the object is linked to, else the newest open one of the account."""
    deals = Deal.objects.open().select_related("stage").order_by("-pk")
    linked = DealLink.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).values("deal")
    found = deals.filter(pk__in=linked).first()
    return found or (deals.filter(account=account).first() if account is not None else None)


Hits = dict[str, list[str]]


def _tagged(stage: str, industry: str, products: Sequence[str]) -> dict[int, Hits]:
    """{material: {sort: the values that fit}}"""
    wanted = Q()
    for sort, values in (
        (Sort.STAGE, [stage]), (Sort.INDUSTRY, [industry]), (Sort.PRODUCT, products[:50]),
    ):  # fmt: skip
        keys = [value.casefold()[:60] for value in values if value]
        if keys:
            wanted |= Q(sort=sort, key__in=keys)
    hits: dict[int, Hits] = defaultdict(lambda: defaultdict(list))
    if wanted:
        rows = Tag.objects.filter(wanted, material__archived_at=None).order_by("-material", "pk")
        for row in rows.values("material", "sort", "value")[:CANDIDATES]:
            hits[row["material"]][row["sort"]].append(row["value"])
    return hits


def _used(industry: str) -> list[int]:
    """What went to customers of the same industry lately: it may have won there."""
    if not industry:
        return []
    rows = Use.objects.filter(account__industry=industry).order_by("-at")
    return list(rows.values_list("material", flat=True)[:CANDIDATES])


def _score(hits: Hits, won: int, *, given: bool) -> int:
    points = sum(weight for sort, weight in WEIGHTS.items() if hits.get(sort))
    return points + min(won, MOST_FOR_WON) - (2 if given else 0)


def _reason(hits: Hits, won: int, given: Any) -> str:
    """One sentence: Pumps industry; used in 4 won deals."""
    parts = []
    if hits.get(Sort.INDUSTRY):
        parts.append(f"{hits[Sort.INDUSTRY][0]} industry")
    if hits.get(Sort.PRODUCT):
        parts.append(f"about {', '.join(hits[Sort.PRODUCT][:3])}")
    if hits.get(Sort.STAGE):
        parts.append(f"for the stage {hits[Sort.STAGE][0]}")
    if won:
        parts.append(f"used in {won} won deal{'' if won == 1 else 's'}")
    if given is not None:
        parts.append(f"they got it on {day(given)}")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]
