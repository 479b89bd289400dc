"""What a deal's page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.module_loading import import_string

from crm.models import Account, Deal, DealLink, Stage
from crm.parts import parts
from kit.briefing import Line, Section
from people.models import User


@dataclass(frozen=True)
class Step:
    """A stage of the deal's pipeline: how long the deal stood there, in all, and since when."""

    stage: Stage
    seconds: float
    current: bool
    passed: bool


@dataclass(frozen=True)
class Belongs:
    """A thing of a deal as the reader may see it; `link` takes it out."""

    link: DealLink
    icon: str
    label: str
    line: Line


def steps(deal: Deal, now: datetime) -> list[Step]:
    """The open stages, and the one that ended it; each with the time spent there."""
    spent: dict[int, float] = {}
    for one in deal.history.all():
        spent[one.stage_id] = (
            spent.get(one.stage_id, 0.0) + ((one.to_at or now) - one.from_at).total_seconds()
        )
    stages = deal.pipeline.stages.order_by("position", "pk")
    return [
        Step(stage, spent.get(stage.pk, 0.0), stage.pk == deal.stage_id,
             stage.position < deal.stage.position)
        for stage in stages
        if stage.kind == Stage.Kind.OPEN or stage.pk == deal.stage_id
    ]  # fmt: skip


def belongings(deal: Deal, user: User) -> list[Belongs]:
    """Quotes, orders, requests and meetings of a deal: a query for each kind of them."""
    links = list(deal.links.order_by("pk"))
    found = []
    for label, part in parts().items():
        mine = {one.subject_id: one for one in links if one.subject_type == label}
        lines: Mapping[int, Line] = part.lines(user, list(mine)) if mine else {}
        found += [
            Belongs(mine[pk], part.icon, part.label, line)
            for pk, line in sorted(lines.items(), reverse=True)
        ]
    return found


def deals_of(user: User, label: str, pk: int) -> list[Deal]:
    """The deals that something belongs to, as `user` may see them."""
    rows = Deal.objects.visible_to(user).select_related("stage")
    return list(rows.filter(links__subject_type=label, links__subject_id=pk).order_by("pk"))


def visible(user: User, key: str) -> Deal | None:
    """The deal of a key in an address, if `user` may see it."""
    if not (key.isascii() and key.isdecimal()) or not user.has_perm("crm.view_deal"):
        return None
    return Deal.objects.visible_to(user).filter(pk=int(key[:18])).first()


def known_products(numbers: Sequence[str], currency: str) -> dict[str, tuple[str, Decimal | None]]:
    """Number -> (name, list price) where there is a catalogue (settings.DEAL_PRODUCTS)."""
    if not settings.DEAL_PRODUCTS or not numbers:
        return {}
    found: dict[str, tuple[str, Decimal | None]] = import_string(settings.DEAL_PRODUCTS)(
        numbers, currency
    )
    return found


def business(account: Account, user: User, now: datetime) -> list[Section]:
    """Requests, quotes, orders, meetings, payments of an account, by who may see them."""
    found = []
    for path, permission in settings.ACCOUNT_SECTIONS.items():
        if user.has_perm(permission):
            section = import_string(path)(account, None, user, now)
            if section is not None:
                found.append(section)
    return found
