"""Facts about quotes."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from kit.business_time import whole_seconds
from kpis.definitions import CURRENCY
from kpis.models import NONE, QuoteFact
from kpis.services.store import Changed, Hours, day_of, plain, store
from orders.models import ExchangeRate, Order, QuoteFamily

Row = dict[str, Any]
QUOTE = QuoteFamily.Status
BASE: Final = "EUR"  # in which the rates of the portal are given


class Rates:
    """What money was worth in the reporting currency on a day: by the last rate known then."""

    def __init__(self, currencies: Iterable[str]) -> None:
        wanted = {*currencies, CURRENCY} - {BASE}
        self._of: dict[str, tuple[list[date], list[Decimal]]] = defaultdict(lambda: ([], []))
        rows = ExchangeRate.objects.filter(currency__in=wanted).order_by("currency", "on")
        for currency, on, per_euro in rows.values_list("currency", "on", "per_euro"):
            days, values = self._of[currency]
            days.append(on)
            values.append(per_euro)

    def _per_euro(self, currency: str, on: date) -> Decimal | None:
        if currency == BASE:
            return Decimal(1)
        days, values = self._of[currency]
        place = bisect_right(days, on)
        return values[place - 1] if place else None

    def factor(self, currency: str, on: date) -> Decimal | None:
        """None: nobody said what the currency was worth by then."""
        if currency == CURRENCY:
            return Decimal(1)
        theirs, ours = self._per_euro(currency, on), self._per_euro(CURRENCY, on)
        return None if theirs is None or ours is None else ours / theirs


def refresh_quotes(ids: Collection[int]) -> list[Changed]:
    """Write the facts of these quote families again; drafts have none."""
    if not ids:
        return []
    rows = plain(
        QuoteFamily.objects.filter(pk__in=ids, sent_at__isnull=False).values(
            "pk", "rep_id", "rep__team_id", "account_id", "sent_at", "currency", "amount", "status"
        )
    )
    confirmed = _confirmed(ids)
    hours = Hours(row["rep__team_id"] for row in rows)
    rates = Rates(row["currency"] for row in rows)
    facts = [_quote(row, confirmed.get(row["pk"]), hours, rates) for row in rows]
    return store(QuoteFact, ids, facts)


def quotes_at_rates(ids: Collection[int]) -> set[int]:
    """Quotes whose value these rates may change."""
    found: set[int] = set()
    for currency, on in ExchangeRate.objects.filter(pk__in=ids).values_list("currency", "on"):
        sent = Q(sent_at__date__gte=on) & (Q() if currency == CURRENCY else Q(currency=currency))
        found |= set(QuoteFamily.objects.filter(sent).values_list("pk", flat=True))
    return found


def _confirmed(ids: Collection[int]) -> dict[int, tuple[datetime, Decimal]]:
    """First confirmation, and the value of the orders in the quote's own currency."""
    confirmed: dict[int, tuple[datetime, Decimal]] = {}
    for order in plain(
        Order.objects.filter(quote__in=ids, confirmed_at__isnull=False)
        .exclude(status="cancelled")
        .values("quote_id", "confirmed_at", "net", "currency", "quote__currency")
    ):
        value = order["net"] if order["currency"] == order["quote__currency"] else Decimal(0)
        at, sum_ = confirmed.get(order["quote_id"], (order["confirmed_at"], Decimal(0)))
        confirmed[order["quote_id"]] = (min(at, order["confirmed_at"]), sum_ + value)
    return confirmed


def _quote(
    row: Row, ordered: tuple[datetime, Decimal] | None, hours: Hours, rates: Rates
) -> QuoteFact:
    day = day_of(row["sent_at"])
    factor = rates.factor(row["currency"], day)
    worth = factor or Decimal(1)
    share = min(ordered[1], row["amount"]) if ordered else Decimal(0)
    fact = QuoteFact(
        quote_id=row["pk"],
        team_id=row["rep__team_id"] or NONE,
        rep_id=row["rep_id"] or NONE,
        account_id=row["account_id"] or NONE,
        sent_day=day,
        sent_at=row["sent_at"],
        rated=factor is not None,
        currency=row["currency"],
        amount=round(row["amount"] * worth, 2),
        ordered=round(share * worth, 4),
        converted=ordered is not None,
        won=ordered is not None or row["status"] == QUOTE.WON,
        decided=ordered is not None or row["status"] in {QUOTE.WON, QUOTE.LOST, QUOTE.EXPIRED},
    )
    if ordered is not None:
        end = max(ordered[0], row["sent_at"])
        fact.order_calendar = whole_seconds(row["sent_at"], end)
        fact.order_business = hours.between(row["rep__team_id"], row["sent_at"], end)
    return fact
