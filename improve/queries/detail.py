"""One suggestion: where the change is made, the rows behind it, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from desk.models import SalesRequest
from followups.models import FollowUp
from improve.detectors import REGISTRY
from improve.detectors.base import Detector
from improve.models import Suggestion
from journal.models import Entry
from orders.models import Approval
from people.models import User


@dataclass(frozen=True)
class Change:
    """`url` opens the page filled in; `undo` the same with what was before, empty if there is none."""

    words: str
    url: str
    undo: str
    may: bool


@dataclass(frozen=True)
class Row:
    label: str
    url: str
    hours: float


def detector_of(row: Suggestion) -> Detector | None:
    return REGISTRY.get(row.detector)


def change_of(row: Suggestion, user: User) -> Change:
    said = row.change
    base = _address(said.get("page", ""), said.get("args", []))
    undo = said.get("undo")
    return Change(
        said.get("words", ""), _with(base, said.get("query") or {}),
        _with(base, undo) if base and undo is not None else "",
        bool(base) and user.has_perm(said.get("permission", "")),
    )  # fmt: skip


def _address(page: str, args: Sequence[Any]) -> str:
    try:
        return reverse(page, args=args) if page else ""
    except NoReverseMatch:
        return ""


def _with(base: str, query: Mapping[str, Any]) -> str:
    return f"{base}?{urlencode(query)}" if base and query else base


def rows_of(row: Suggestion, subject: str, user: User) -> list[Row]:
    """The rows to drill to, those that `user` may see."""
    kept = {int(key): float(hours) for key, hours in row.rows}
    labels = READERS[subject](list(kept), user) if subject in READERS else {}
    return [Row(*labels[key], hours) for key, hours in kept.items() if key in labels]


def _requests(keys: list[int], user: User) -> dict[int, tuple[str, str]]:
    rows = SalesRequest.objects.visible_to(user).filter(pk__in=keys).values_list("pk", "subject")
    return {pk: (f"R-{pk} {subject}", reverse("desk:request", args=[pk])) for pk, subject in rows}


def _approvals(keys: list[int], user: User) -> dict[int, tuple[str, str]]:
    if not user.has_perm("orders.view_order"):
        return {}
    rows = Approval.objects.filter(pk__in=keys).select_related(
        "revision__family", "order", "amendment__order"
    )
    return {row.pk: (f"{row.get_status_display()}: {row.about}", _about(row)) for row in rows}


def _about(row: Approval) -> str:
    if row.revision is not None:
        return reverse("orders:quote", args=[row.revision.family_id])
    order = row.order_id or (row.amendment.order_id if row.amendment else None)
    return reverse("orders:order", args=[order]) if order else ""


def _followups(keys: list[int], user: User) -> dict[int, tuple[str, str]]:
    if not user.has_perm("followups.view_followup"):
        return {}
    rows = FollowUp.objects.filter(pk__in=keys).values_list("pk", "recipient_name", "recipient")
    return {
        pk: (name or address, reverse("followups:followup", args=[pk]))
        for pk, name, address in rows
    }


READERS: Final = {
    "desk.salesrequest": _requests, "orders.approval": _approvals, "followups.followup": _followups,
}  # fmt: skip


def history(row: Suggestion) -> list[Entry]:
    """What happened to it, newest first."""
    return list(Entry.objects.about(row).newest_first()[:30])
