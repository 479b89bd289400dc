"""Records of the demo as records are: some gaps, some there twice, one merged, a few rules."""

import random
from typing import Any, Final

from coordinator.demo.stage import Year
from crm import services as crm
from crm.models import Account, Contact, DuplicatePair, ValidationRule
from crm.services import duplicates, merging, scores, validation
from people.models import User

SEED: Final = 7
# As people type a customer that is there already: every name through one of these.
SLIPS: Final = (
    lambda name: name.upper(),
    lambda name: f"{name} Ltd",
    lambda name: f"{name[:4]}{name[5:]}",
    lambda name: " ".join(reversed(name.split(" ", 1))),
)
RULES: Final[tuple[tuple[str, str, str, dict[str, Any], str, str, str, str], ...]] = (
    ("account", "tax_number", "required", {}, "tier", "key", "Key accounts need a VAT number: ask finance.", "warn"),
    ("account", "currency", "one_of", {"values": ["EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN"]}, "", "", "We do not invoice in this currency.", "refuse"),
    ("account", "credit_limit", "range", {"low": "0", "high": "2000000"}, "", "", "A limit above two million is decided by finance.", "refuse"),
    ("deal", "amount", "range", {"low": "1"}, "", "", "Give the amount, or leave it empty until it is known.", "warn"),
)  # fmt: skip
WHY: Final = ("They told us on the phone", "From their website", "Stood on the last order")


def set_up(year: Year) -> None:
    """Filled in and left open, made twice, found, merged and told apart; scored at the end."""
    rng = random.Random(SEED)
    desk = year.company.coordinators[0]
    _fill_in(year, rng, desk)
    _make_twice(year, desk)
    _rules(year)
    for kind in duplicates.KINDS:
        duplicates.ask_scan(kind, by=desk, at=year.now)
        duplicates.run_next_scan(at=year.now)
    _decide(year, desk)
    scores.refresh_all(at=year.now)
    _ask(year, desk)


def _fill_in(year: Year, rng: random.Random, desk: User) -> None:
    """Two of three accounts know their website and number; the rest is what the page is for."""
    for n, account in enumerate(year.accounts):
        if rng.random() < 0.3:
            continue
        word = "".join(c for c in account.name.split()[0].lower() if c.isalnum())
        crm.change_account(
            account, by=desk, at=year.now, why=rng.choice(WHY), website=f"{word}.example",
            phone=f"+31 10 555 {1000 + n}", tax_number=f"NL{850000000 + 37 * n}B01" if n % 3 else "",
            payment_days=30,
        )  # fmt: skip
    people = Contact.objects.filter(account__in=year.accounts).order_by("pk")
    for n, person in enumerate(people):
        if n % 4:
            crm.change_contact(
                person, by=desk, at=year.now, phone=f"+31 6 555 {10000 + n}",
                roles=[("decides", "buys", "uses", "pays")[n % 4]],
                consent="given" if n % 3 else "unknown",
            )  # fmt: skip


def _make_twice(year: Year, desk: User) -> None:
    for n, account in enumerate(year.accounts[3:9]):
        copy = crm.create_account(
            by=desk, at=year.now, name=SLIPS[n % len(SLIPS)](account.name), phone=account.phone,
            street=account.street, city=account.city, postcode=account.postcode,
            country=account.country, owner=account.owner,
        )  # fmt: skip
        person = account.contacts.order_by("pk").first()
        if person is not None:
            crm.create_contact(copy, by=desk, at=year.now, name=person.name, email=person.email)


def _rules(year: Year) -> None:
    for kind, field, condition, args, when, value, message, severity in RULES:
        rule = ValidationRule(
            kind=kind, field=field, condition=condition, args=args, when_field=when,
            when_value=value, message=message, severity=severity,
        )  # fmt: skip
        validation.save_rule(rule, by=year.company.manager, at=year.now)


def _decide(year: Year, desk: User) -> None:
    """The first pair is merged, the last one told apart; the others wait for somebody."""
    pairs = list(DuplicatePair.objects.open().filter(kind="account").order_by("-score", "pk"))
    if len(pairs) > 1:
        duplicates.not_the_same(pairs[-1], by=desk, at=year.now)
    if pairs:
        merging.merge("account", pairs[0].first_id, pairs[0].second_id, by=desk, at=year.now)


def _ask(year: Year, desk: User) -> None:
    account = Account.objects.active().exclude(owner=None).filter(tax_number="").order_by("pk").first()  # fmt: skip
    if account is not None:
        scores.ask_owner("account", account, "tax_number", by=desk, at=year.now)
