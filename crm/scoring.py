"""What makes a record complete and fresh, in one table for each kind.

A score is 100 less the share of the weights that are missing. Weights stand by tier: what a key
account must have may be nothing to a small one. Freshness is a gap like any other ("fresh"): the
record was changed, looked through or worked with within FRESH_DAYS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from crm.models import Account, Consent

RANKS: Final = {Account.Tier.KEY: 0, Account.Tier.STANDARD: 1, Account.Tier.SMALL: 2}
FRESH_DAYS: Final = (180, 365, 730)
QUIET_DAYS: Final = 30  # of a deal whose stage says nothing else
GOOD, FAIR = 80, 50
FAR: Final = date(9000, 1, 1)  # people type any year; nothing comes after the last one


@dataclass(frozen=True)
class Gap:
    """Something that may be missing: its words, what it weighs for a key, standard and small
    account, how one sees it, and the field that closes it (empty: not by one field)."""

    words: str
    weights: tuple[int, int, int]
    is_missing: Callable[[Mapping[str, Any], date], bool]
    field: str = ""


def _empty(name: str) -> Callable[[Mapping[str, Any], date], bool]:
    return lambda row, _: row[name] in (None, "", [])


def _is_old(row: Mapping[str, Any], today: date) -> bool:
    last = row["last"]
    return last is None or last.date() + timedelta(days=FRESH_DAYS[row["rank"]]) < today


def _passed(name: str) -> Callable[[Mapping[str, Any], date], bool]:
    return lambda row, today: row[name] is not None and row[name] < today


def _is_quiet(row: Mapping[str, Any], today: date) -> bool:
    days = row["quiet_days"] or QUIET_DAYS
    return bool(row["last"].date() + timedelta(days=days) < today)


def _not_asked(row: Mapping[str, Any], _: date) -> bool:
    return bool(row["consent"] == Consent.UNKNOWN)


FRESH: Final = Gap("Not looked at for a long time", (15, 15, 10), _is_old)
ACCOUNT: Final[Mapping[str, Gap]] = {
    "owner": Gap("No owner", (15, 15, 10), _empty("owner_id"), "owner"),
    "contact": Gap("Nobody there whom we can mail", (15, 15, 15), lambda row, _: not row["has_contact"]),
    "phone": Gap("No telephone", (10, 10, 10), _empty("phone"), "phone"),
    "street": Gap("No street", (8, 8, 8), _empty("street"), "street"),
    "city": Gap("No town", (7, 7, 7), _empty("city"), "city"),
    "country": Gap("No country", (5, 5, 5), _empty("country"), "country"),
    "industry": Gap("No industry", (5, 8, 5), _empty("industry"), "industry"),
    "website": Gap("No website", (5, 5, 0), _empty("website"), "website"),
    "tax_number": Gap("No VAT number", (10, 5, 0), _empty("tax_number"), "tax_number"),
    "payment_days": Gap("No payment terms", (5, 2, 0), _empty("payment_days"), "payment_days"),
    "credit_limit": Gap("No credit limit", (5, 0, 0), _empty("credit_limit"), "credit_limit"),
    "fresh": FRESH,
}  # fmt: skip
CONTACT: Final[Mapping[str, Gap]] = {
    "email": Gap("No mail address", (25, 25, 30), _empty("email"), "email"),
    "phone": Gap("No telephone", (20, 20, 20), _empty("phone"), "phone"),
    "title": Gap("No job title", (10, 10, 5), _empty("title"), "title"),
    "roles": Gap("No role said", (15, 10, 0), _empty("roles"), "roles"),
    "consent": Gap("Not asked whether we may write", (10, 10, 10), _not_asked, "consent"),
    "fresh": FRESH,
}  # fmt: skip
DEAL: Final[Mapping[str, Gap]] = {
    "next_step": Gap("No next step", (25, 25, 25), _empty("next_step"), "next_step"),
    "step_late": Gap("The next step is overdue", (10, 10, 10), _passed("next_step_on"), "next_step_on"),
    "amount": Gap("No amount", (20, 20, 20), _empty("amount"), "amount"),
    "close_on": Gap("No close date", (15, 15, 15), _empty("close_on"), "close_on"),
    "close_late": Gap("The close date has passed", (15, 15, 15), _passed("close_on"), "close_on"),
    "contact": Gap("No contact", (10, 10, 5), _empty("contact_id")),
    "owner": Gap("No owner", (10, 10, 10), _empty("owner_id"), "owner"),
    "quiet": Gap("Nothing done about it for a long time", (15, 15, 15), _is_quiet),
}  # fmt: skip
GAPS: Final[Mapping[str, Mapping[str, Gap]]] = {
    "account": ACCOUNT, "contact": CONTACT, "deal": DEAL,
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    score: int
    gaps: list[str]


def score_of(kind: str, row: Mapping[str, Any], today: date) -> Score:
    """From the values of a record; `row` holds its rank and when it was last touched."""
    table, rank = GAPS[kind], row["rank"]
    gaps = [n for n, gap in table.items() if gap.weights[rank] and gap.is_missing(row, today)]
    lost = sum(table[name].weights[rank] for name in gaps)
    return Score(round(100 * (1 - lost / sum(g.weights[rank] for g in table.values()))), gaps)


def again_at(kind: str, row: Mapping[str, Any], now: datetime) -> datetime | None:
    """When time alone will change the score: it gets old, or a day that is still to come passes."""
    today = now.date()
    if kind == "deal":
        days = [d for d in (row["close_on"], row["next_step_on"]) if d is not None and d >= today]
        quiet = row["last"].date() + timedelta(days=row["quiet_days"] or QUIET_DAYS)
        days += [quiet] if quiet >= today else []
    else:
        last = row["last"]
        days = [last.date() + timedelta(days=FRESH_DAYS[row["rank"]])] if last else []
        days = [day for day in days if day >= today]
    days = [day for day in days if day < FAR]
    if not days:
        return None
    return datetime.combine(min(days) + timedelta(days=1), datetime.min.time(), now.tzinfo)


def tone(score: int) -> str:
    """ok, warn or bad: how a score is shown."""
    return "ok" if score >= GOOD else "warn" if score >= FAIR else "bad"
