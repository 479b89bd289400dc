"""What is compared of a record, made once, and the keys that bring likely ones together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crm.matching import normal

ACCOUNT_FIELDS: Final = (
    "pk", "name", "website", "phone", "street", "postcode", "city", "country", "tax_number",
)  # fmt: skip
CONTACT_FIELDS: Final = ("pk", "name", "email", "phone", "account_id", "account__country")
SHORT_WORD, END, SHORT_END, SHORT_NAME = 4, 5, 3, 9
MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class AccountPrint:
    pk: int
    tokens: tuple[str, ...]
    joined: str
    country: str
    city: str
    postcode: str
    street: str
    number: str
    tax_number: str
    phones: frozenset[str] = field(default=frozenset())
    domains: frozenset[str] = field(default=frozenset())

    def blocks(self) -> Iterator[str]:
        """Keys that records of the same company are likely to share, even with a slip in one
        field: each word of the name, its ends, phone, domain, tax number, postcode and house."""
        if self.joined:
            yield from self._of_the_name()
        yield from (f"t:{one}" for one in self.phones)
        yield from (f"d:{one}" for one in self.domains)
        if self.tax_number:
            yield f"v:{self.tax_number}"[:80]
        if self.postcode and self.number:
            yield f"a:{self.country}{self.postcode}|{self.number}"[:80]

    def _of_the_name(self) -> Iterator[str]:
        yield f"n:{' '.join(sorted(self.tokens))}"[:80]
        for word in sorted(set(self.tokens), key=len, reverse=True)[:MOST_WORDS]:
            if len(word) >= SHORT_WORD:
                yield f"w:{word}"[:80]
        reach = END if len(self.joined) > SHORT_NAME else SHORT_END
        yield f"p:{self.joined[:reach]}"
        yield f"q:{self.joined[-reach:]}"


@dataclass(frozen=True, slots=True)
class ContactPrint:
    pk: int
    tokens: tuple[str, ...]
    joined: str
    email: str
    phone: str
    account: int
    domain: str

    def blocks(self) -> Iterator[str]:
        if self.email:
            yield f"e:{self.email}"[:80]
        if self.phone:
            yield f"t:{self.phone}"
        if self.tokens:
            yield f"n:{' '.join(sorted(self.tokens))}"[:80]
        for word in set(self.tokens):
            yield f"c:{self.account}:{word[:6]}"
        if self.domain and self.tokens:
            yield f"d:{self.domain}:{max(self.tokens, key=len)[:6]}"


def account_print(row: Mapping[str, Any], mails: Iterable[str] = ()) -> AccountPrint:
    """From the values of ACCOUNT_FIELDS and the mail addresses of its people."""
    tokens = normal.name_tokens(row["name"])
    land = normal.country(row["country"])
    words, number = normal.street(row["street"])
    domains = {normal.domain(text) for text in (row["website"], *mails)} - {""}
    return AccountPrint(
        pk=row["pk"] or 0, tokens=tokens, joined="".join(tokens), country=land,
        city=normal.city(row["city"]), postcode=normal.postcode(row["postcode"]),
        street=" ".join(words), number=number, tax_number=normal.tax_number(row["tax_number"]),
        phones=frozenset({normal.phone(row["phone"], land)} - {""}), domains=frozenset(domains),
    )  # fmt: skip


def contact_print(row: Mapping[str, Any]) -> ContactPrint:
    tokens = normal.person_tokens(row["name"])
    return ContactPrint(
        pk=row["pk"] or 0, tokens=tokens, joined="".join(sorted(tokens)),
        email=str(row["email"]).strip().lower(),
        phone=normal.phone(row["phone"], normal.country(row["account__country"] or "")),
        account=row["account_id"] or 0, domain=normal.domain(row["email"]),
    )  # fmt: skip
