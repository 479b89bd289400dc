"""What is looked at before an order may go on: one small module each, in the order of the page.

A new check is a module with CODE, TITLE, ABOUT and `look`, and its name in REGISTRY. In the browser
administrators switch it off or set whether it stops an order or only warns; those in ALWAYS do
what they say.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from orders.checks import (
    approval,
    availability,
    basics,
    contact,
    credit,
    discontinued,
    duplicate_po,
    feasible,
    pack_size,
    price,
    regulated,
    ship_to,
    terms,
)
from orders.checks.case import Case, CheckedLine, Finding, Fix

__all__ = ["ALWAYS", "REGISTRY", "Case", "CheckedLine", "Finding", "Fix", "look", "overridable"]


class Check(Protocol):
    CODE: str
    TITLE: str
    ABOUT: str

    def look(self, case: Case) -> Iterator[Finding]: ...


REGISTRY: Final[tuple[Check, ...]] = (
    basics,
    availability,
    discontinued,
    price,
    credit,
    ship_to,
    contact,
    terms,
    feasible,
    pack_size,
    duplicate_po,
    regulated,
    approval,
)
# No order goes on without lines, or without the release that a rule asks for.
ALWAYS: Final = frozenset({basics.CODE, approval.CODE})


def look(case: Case) -> list[Finding]:
    """Everything that the checks in use have to say, as strictly as they were set."""
    found = []
    for check in REGISTRY:
        severity = "own" if check.CODE in ALWAYS else case.policy.severities.get(check.CODE, "own")
        if severity == "off":
            continue
        for finding in check.look(case):
            told = replace(finding, check=check.CODE)
            if severity != "own":
                told = replace(told, blocks=severity == "blocks")
            found.append(told)
    return found


def overridable(code: str) -> bool:
    """A reason helps against most checks; a missing release needs the approver."""
    return code not in ALWAYS
