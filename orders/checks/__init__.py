"""What is looked at before an order may go on: one small module each, in the order of the page."""

from collections.abc import Iterator
from typing import Final, Protocol

from orders.checks import (
    availability,
    basics,
    credit,
    duplicate_po,
    pack_size,
    price,
    ship_to,
)
from orders.checks.case import Case, Finding, Fix

__all__ = ["REGISTRY", "Case", "Finding", "Fix", "look"]


class Check(Protocol):
    TITLE: str

    def look(self, case: Case) -> Iterator[Finding]: ...


REGISTRY: Final[tuple[Check, ...]] = (
    basics,
    availability,
    price,
    credit,
    ship_to,
    duplicate_po,
    pack_size,
)


def look(case: Case) -> list[Finding]:
    """Everything that every check has to say."""
    return [finding for check in REGISTRY for finding in check.look(case)]
