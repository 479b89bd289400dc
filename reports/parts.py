"""The parts that reports can be made of (settings.REPORT_PARTS), and reading them for somebody."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from kit.reporting import Block, Part, Scope
from people.models import User

log = logging.getLogger(__name__)
UNREADABLE: Final = "This part could not be read. The others are right."
EVERYTHING: Final = ("crm.see_every_territory", "desk.work_queue")


@cache
def known() -> Mapping[str, Part]:
    """Every part by its key."""
    return {part.key: part for path in settings.REPORT_PARTS for part in import_string(path)}


def allowed(part: Part, user: User) -> bool:
    return not part.permission or user.has_perm(part.permission)


def offered(user: User, *, own: bool) -> list[tuple[str, list[Part]]]:
    """What `user` may put into a report, by group; what is about one person only in reports that are."""
    groups: dict[str, list[Part]] = {}
    for part in known().values():
        if allowed(part, user) and (own or not part.own):
            groups.setdefault(part.group, []).append(part)
    return list(groups.items())


def sees_everything(user: User) -> bool:
    """Whether lists of records are the same for her as for everybody who does."""
    return all(user.has_perm(name) for name in EVERYTHING)


def read(plan: Sequence[Mapping[str, Any]], scope: Scope) -> list[tuple[int, Block]]:
    """(place in the plan, block) of what `scope.reader` may see; {part, title, options} each.

    What she may not see is left out. A part that fails says so and takes no other with it.
    """
    found = []
    for place, one in enumerate(plan):
        part = known().get(one["part"])
        if part is not None and allowed(part, scope.reader):
            block = _one(part, replace(scope, options=one.get("options") or {}))
            found.append((place, replace(block, title=one.get("title") or block.title)))
    return found


def _one(part: Part, scope: Scope) -> Block:
    try:
        with transaction.atomic():  # a statement that fails leaves the page's transaction whole
            return part.read(scope)
    except Exception:
        log.exception("part %s of a report cannot be read", part.key)
        return Block(part.label, empty=UNREADABLE, broken=True)
