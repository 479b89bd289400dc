"""Expected refusals of orders and quotes; every message is fit for people to read."""

from collections.abc import Sequence


class Conflicting(Exception):
    """The order or the stock is not in a state that allows this (409)."""


class Unusable(Exception):
    """What was sent cannot be used (422)."""


class UnknownProduct(Unusable):
    """A line names a product that we do not sell."""


class BadLine(Unusable):
    """A line that no order can have."""


class NoReason(Unusable):
    """An override or a hold without a reason."""


class Closed(Conflicting):
    """The order can no longer be edited."""


class OnHold(Conflicting):
    """Somebody put the order on hold."""


class CannotFix(Conflicting):
    """The problem is gone, or this is no fix for it."""


class Blocked(Conflicting):
    """Checks found problems; `problems` says which."""

    def __init__(self, number: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{number} cannot be confirmed: {' '.join(self.problems)}")


class Shortage(Blocked):
    """There is less free stock than the lines need; nothing was reserved."""
