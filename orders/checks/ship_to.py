"""Is there a complete address to ship to?"""

from collections.abc import Iterator
from typing import Final

from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind

CODE = "ship_to"
TITLE = "Ship-to"
ABOUT = "Is the address complete?"
# Order field -> (what people call it, the account's field).
NEEDED: Final = {
    "ship_name": ("name", "name"),
    "ship_street": ("street", "street"),
    "ship_city": ("city", "city"),
    "ship_country": ("country", "country"),
}


def look(case: Case) -> Iterator[Finding]:
    missing = [field for field in NEEDED if not getattr(case.order, field).strip()]
    if not missing:
        return
    words = ", ".join(NEEDED[field][0] for field in missing)
    known = all(getattr(case.account, NEEDED[field][1]) for field in missing)
    yield Finding(
        IssueKind.SHIP_TO,
        f"The ship-to address lacks {words}.",
        "A carrier cannot deliver without it.",
        {"missing": words},
        fixes=(Fix("ship_to_account", f"Use the address of {case.account.name}"),) if known else (),
    )
