"""What a request says is changed; whoever changes an older version than the newest is told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from crm.models import Account
from desk.models import SalesRequest
from desk.services import promises
from desk.services.forms import form_of
from desk.services.requests import lock, must_be_open, record, save, set_priority
from journal.models import Entry
from people.models import User

LABELS: Final = {"subject": "Subject", "account": "Account", "wanted_on": "Wanted on"}


class Moved(Exception):
    """Somebody changed it since; `moved` is [(what, from, to, who)] for the one who comes second."""

    def __init__(self, moved: list[tuple[str, str, str, str]]) -> None:
        super().__init__("Somebody changed this request while you wrote.")
        self.moved = moved


@transaction.atomic
def change(
    row: SalesRequest, *, version: int, subject: str, account: Account | None,
    wanted_on: date | None, data: Mapping[str, Any], priority: int, by: User, at: datetime,
) -> None:  # fmt: skip
    """Change what it says; `version` is the one that the editor saw.

    Only another change of its words is in the way, not a reply or a claim in between.

    :raises Moved: if its words were changed since.
    :raises promises.BadAnswers: if the answers do not fit its form.
    :raises IllegalMove: if it is done.
    """
    at = lock(row, at)
    must_be_open(row)
    moved = _since(row, version)
    if moved:
        raise Moved(moved)
    fields, _ = form_of(row)
    answers = promises.clean(row.type, data, fields=fields)
    fresh = {"subject": subject.strip()[:200], "account": account, "wanted_on": wanted_on}
    changed = _differences(row, fresh, answers, fields)
    if changed:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.data = answers
        save(row)
        record("edited", row, by=by, at=at, version=row.version, changed=changed)
    set_priority(row, priority=priority, by=by, at=at)


def _since(row: SalesRequest, version: int) -> list[tuple[str, str, str, str]]:
    entries = Entry.objects.about(row).filter(
        action="desk.request.edited", data__version__gt=version
    )
    return [
        (what, was, now, entry.actor_name)
        for entry in entries.order_by("pk")
        for what, (was, now) in entry.data["changed"].items()
    ]


def _differences(
    row: SalesRequest, fresh: Mapping[str, Any], answers: Mapping[str, Any],
    fields: list[dict[str, Any]],
) -> dict[str, list[str]]:  # fmt: skip
    """{what: [from, to]} in words."""
    changed = {
        LABELS[name]: [str(getattr(row, name) or ""), str(value or "")]
        for name, value in fresh.items() if getattr(row, name) != value
    }  # fmt: skip
    for field in fields:
        was, now = row.data.get(field["name"]), answers.get(field["name"])
        if was != now:
            changed[field["label"]] = [_words(was), _words(now)]
    return changed


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{line['quantity']} of {line['sku']}" for line in value)
    return "" if value is None else str(value)
