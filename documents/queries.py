"""Which asks somebody may see, and how pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Prefetch, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from comms.models import Attachment
from comms.queries import subject_of
from documents.models import DocumentAsk, DocumentFile, Status
from journal.models import Entry
from kit import uploads
from kit.pages import Page, keyset_page
from people.models import User

VIEWS: Final = {
    "check": "To check", "waiting": "Waiting for the customer", "overdue": "Overdue", "done": "Done",
}  # fmt: skip
MOST_COUNTED: Final = 100
NEWEST: Final = 1000
OF_OBJECT: Final = 30
TONES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.OPEN: ("customer", "hourglass-high"),
    Status.RECEIVED: ("desk", "eye"),
    Status.RETURNED: ("warn", "arrow-back-up"),
    Status.ACCEPTED: ("ok", "check"),
    Status.WITHDRAWN: ("", "ban"),
}


def visible_to(user: User) -> QuerySet[DocumentAsk]:
    """The desk sees all; others what is asked about objects that they may see, of which the newest
    thousand asks are looked at."""
    rows = DocumentAsk.objects.all()
    if user.is_superuser or user.has_perm("desk.work_queue"):
        return rows
    by_type: dict[str, dict[int, list[int]]] = {}
    newest = rows.order_by("-pk").values_list("pk", "subject_type", "subject_id")[:NEWEST]
    for pk, kind, subject in newest:
        by_type.setdefault(kind, {}).setdefault(subject, []).append(pk)
    allowed: list[int] = []
    for path in settings.THREAD_SUBJECTS:
        resolve = import_string(path)
        for kind, subjects in by_type.items():
            for seen in resolve(user, kind, list(subjects)) or ():
                allowed += subjects[seen]
    return rows.filter(pk__in=allowed)


def ask_of(user: User, pk: int) -> DocumentAsk | None:
    """One ask, if `user` may see what it is about."""
    related = ("asked_by", "contact", "template", "closed_by", "thread")
    row = DocumentAsk.objects.select_related(*related).filter(pk=pk).first()
    if row is None or subject_of(user, row.subject_type, row.subject_id) is None:
        return None
    return row


@dataclass(frozen=True)
class Shown:
    """A file that came."""

    row: Attachment
    size: str
    label: str
    at: datetime


@dataclass(frozen=True)
class Card:
    """An ask with what came for it; `before` are the files of rounds that were sent back."""

    ask: DocumentAsk
    late: bool
    tone: str
    glyph: str
    files: list[Shown] = field(default_factory=list)
    before: list[Shown] = field(default_factory=list)
    last: int = 0  # the newest file, so that nobody decides on what she has not seen


def card(row: DocumentAsk, now: datetime) -> Card:
    """`row` with its files; no query for rows that come from `cards`."""
    tone, glyph = TONES[Status(row.status)]
    late = row.is_waiting and row.due_at < now
    came = sorted(row.files.all(), key=lambda file: file.pk)
    there = [file for file in came if file.attachment.removed_at is None]
    return Card(
        row, late, "bad" if late else tone, "alert-triangle" if late else glyph,
        [_shown(file) for file in there if file.round == row.round],
        [_shown(file) for file in there if file.round != row.round],
        max((file.pk for file in came if file.round == row.round), default=0),
    )  # fmt: skip


def _shown(file: DocumentFile) -> Shown:
    kept = file.attachment
    kind = uploads.BY_MIME.get(kept.kind, uploads.UNKNOWN)
    return Shown(kept, uploads.size_in_words(kept.size), kind.label, file.at)


def cards(rows: QuerySet[DocumentAsk], now: datetime) -> list[Card]:
    """Asks with their files and people, in three queries."""
    files = Prefetch("files", DocumentFile.objects.select_related("attachment"))
    related = rows.select_related("asked_by", "template", "closed_by", "contact")
    return [card(row, now) for row in related.prefetch_related(files)]


def of_subject(subject_type: str, subject_id: int, now: datetime) -> list[Card]:
    """The newest asks about an object that the reader may see."""
    rows = DocumentAsk.objects.about(subject_type, subject_id).order_by("-pk")
    return cards(rows[:OF_OBJECT], now)


@dataclass(frozen=True)
class Line:
    """An ask in a list."""

    row: dict[str, Any]
    url: str
    about_url: str
    late: bool
    tone: str
    glyph: str
    label: str
    came: int


def page(
    user: User, view: str, now: datetime, *, mine: bool, after: str
) -> tuple[Page, list[Line]]:
    """One page of a view of VIEWS: soonest due first, what is to be checked by how long it has
    waited, what is done newest first."""
    rows = visible_to(user)
    if mine:
        rows = rows.filter(asked_by=user)
    chosen, keys = _view(rows, view, now)
    values = chosen.values(
        "pk",
        "id",
        "title",
        "contact_name",
        "subject_name",
        "subject_type",
        "subject_id",
        "due_at",
        "received_at",
        "closed_at",
        "asked_at",
        "status",
        "asked_by__name",
        "account__name",
    )
    found = keyset_page(values, keys=keys, after=after)
    came = _came([row["pk"] for row in found.rows])
    return found, [_line(row, came.get(row["pk"], 0), now) for row in found.rows]


def _came(keys: list[int]) -> dict[int, int]:
    """{ask: how many files came in its last round}; apart, so that a page reads its own rows only."""
    rows = DocumentFile.objects.filter(ask__in=keys, round=F("ask__round"))
    there = rows.filter(attachment__removed_at=None).order_by()
    return dict(there.values("ask").annotate(n=Count("pk")).values_list("ask", "n"))


def _view(
    rows: QuerySet[DocumentAsk], view: str, now: datetime
) -> tuple[QuerySet[DocumentAsk], tuple[str, ...]]:
    asks: Any = rows
    return {
        "check": (asks.to_check(), ("received_at", "id")),
        "waiting": (asks.waiting().filter(due_at__gte=now), ("due_at", "id")),
        "overdue": (asks.overdue(now), ("due_at", "id")),
        "done": (asks.closed(), ("-closed_at", "id")),
    }[view]


def counts(user: User, now: datetime, *, mine: bool) -> dict[str, int]:
    """How many stand in each open view, counted up to a hundred."""
    rows = visible_to(user)
    if mine:
        rows = rows.filter(asked_by=user)
    return {
        view: _view(rows, view, now)[0].order_by()[:MOST_COUNTED].count()
        for view in VIEWS
        if view != "done"
    }


def _line(row: dict[str, Any], came: int, now: datetime) -> Line:
    status = Status(row["status"])
    late = status in {Status.OPEN, Status.RETURNED} and row["due_at"] < now
    tone, glyph = ("bad", "alert-triangle") if late else TONES[status]
    name = settings.SUBJECT_PAGES.get(row["subject_type"])
    return Line(
        row, reverse("documents:ask", args=[row["pk"]]),
        reverse(name, args=[row["subject_id"]]) if name else "", late, tone, glyph,
        "Overdue" if late else str(status.label), came,
    )  # fmt: skip


def history(row: DocumentAsk) -> QuerySet[Entry]:
    return Entry.objects.about(row).newest_first()[:30]
