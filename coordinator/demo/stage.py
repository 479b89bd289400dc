"""What every story of the demo needs: the cast, the clock, and words that people use."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from coordinator.demo.people import Company
from crm.models import Account, Contact
from desk import services as desk
from desk.models import RequestType, SalesRequest
from orders.models import Product
from people import calendars

MINUTE: Final = 60
HOUR: Final = 3600
QUESTIONS: Final = (
    "Flange rating of the {}", "Can the {} run on 60 Hz", "Split delivery for the {}",
    "When does the {} for the customer ship", "Certificate for the {}", "Spare parts list of the {}",
)  # fmt: skip
ANSWERS: Final = (
    "PN16 is standard; PN25 takes two weeks more.", "Yes, with the other impeller. Data sheet is attached to the product.",
    "Yes: the first half can leave this week.", "It left Rotterdam this morning.",
)  # fmt: skip
ASKS: Final = (
    "Which delivery address do they want?", "Is the PO number final?", "Does the date still hold?",
    "Do they need the certificate with the goods?",
)  # fmt: skip


@dataclass
class Year:
    """Everything that a day's work needs."""

    rng: random.Random
    company: Company
    accounts: list[Account]
    products: list[Product]
    types: dict[str, RequestType]
    now: datetime

    def later(self, at: datetime, low: float, high: float) -> datetime:
        """Business seconds later: most answers are quick, some are slow."""
        span = low + (high - low) * self.rng.random() ** 2.5
        return calendars.for_team(self.company.desk).add(at, round(span))

    def past(self, *moments: datetime) -> bool:
        return all(moment < self.now for moment in moments)


def submit(
    year: Year, kind: str, subject: str, at: datetime, data: dict[str, Any],
    *, account: Account | None = None, priority: int | None = None,
) -> SalesRequest:  # fmt: skip
    account = account or year.rng.choice(year.accounts)
    rep = account.owner or year.company.reps[0]
    return desk.submit(
        year.types[kind], subject=subject, account=account, requester=rep, data=data,
        priority=priority or year.rng.choices((1, 2, 3, 4), weights=(4, 12, 76, 8))[0],
        wanted_on=None, by=rep, at=at, contact=contact(account), source="portal",
    )  # fmt: skip


def contact(account: Account) -> Contact | None:
    return account.contacts.order_by("pk").first()


def answers(kind: RequestType, product: Product, words: str) -> dict[str, Any]:
    """Something believable for each required field of a type."""
    values: dict[str, Any] = {}
    for field in kind.form:
        if not field.get("required"):
            continue
        if field["kind"] == "choice":
            first = field["choices"][0]
            values[field["name"]] = first[0] if isinstance(first, list | tuple) else first
        elif field["kind"] == "number":
            values[field["name"]] = "45"
        elif field["kind"] == "lines":
            values[field["name"]] = [{"sku": product.sku, "quantity": str(product.pack_size)}]
        else:
            values[field["name"]] = words
    return values


def lines(year: Year) -> list[dict[str, str]]:
    picked = year.rng.sample(year.products, year.rng.choice((1, 2, 2, 3, 4)))
    good = [p for p in picked if not p.discontinued] or [year.products[0]]
    return [
        {"sku": p.sku, "quantity": str(p.pack_size * year.rng.choice((1, 2, 2, 4, 6)))}
        for p in good
    ]
