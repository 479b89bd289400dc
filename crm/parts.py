"""What can belong to a deal (settings.DEAL_PARTS): the apps above say how it is found and shown."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from kit.briefing import Line
from people.models import User


@dataclass(frozen=True)
class DealPart:
    """`find` gives the object of a number or key as people write it, if the user may see it;
    `lines` a line for each of these keys that she may see."""

    label: str
    icon: str
    find: Callable[[User, str], Model | None]
    lines: Callable[[User, Collection[int]], Mapping[int, Line]]


def parts() -> dict[str, DealPart]:
    return {label: import_string(path) for label, path in settings.DEAL_PARTS.items()}


def found(user: User, text: str) -> Model | None:
    """What somebody means by R-12, Q-2026-0004, SO-1032 or the address of a page."""
    text = text.strip().partition("#")[0].partition("?")[0][:300]
    for part in parts().values():
        row = part.find(user, text)
        if row is not None:
            return row
    return None
