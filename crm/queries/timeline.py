"""One timeline per account, contact, deal and lead: what the journal says of it, newest first.

A page looks through a bounded window of entries, whatever is sought in it, and says from where to
go on: 100,000 entries cost what 100 cost.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from crm.models import Account, Activity, Contact, Deal, Lead
from crm.queries.merged import with_merged
from crm.queries.records import seen_by
from journal.models import Entry
from kit.pages import decoded, encoded
from people.models import User

PAGE: Final = 30
WINDOW: Final = 3_000  # entries that one page looks through
MOST_SUBJECTS: Final = 2_000  # things of a deal or a contact, the newest
# What people tell apart, and the beginnings of the actions that belong to it.
KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "talk": ("Messages", ("comms.message.", "comms.turn.", "comms.attachment.", "mailroom.")),
    "calls": ("Calls and notes", ("crm.activity.",)),
    "meetings": ("Meetings", ("meetings.",)),
    "requests": ("Requests", ("desk.",)),
    "quotes": ("Quotes", ("orders.quote.", "orders.approval.")),
    "orders": ("Orders", ("orders.order.", "orders.issue.", "orders.return.", "orders.invoice.")),
    "deals": ("Deals and leads", ("crm.deal.", "crm.lead.")),
    "records": ("Records", ("crm.account.", "crm.contact.", "imports.")),
}  # fmt: skip
ICONS: Final[Mapping[str, str]] = {
    "comms": "message", "mailroom": "mail", "crm.activity": "phone", "meetings": "calendar-event",
    "desk": "inbox", "orders.quote": "file-invoice", "orders": "package", "crm.deal": "target",
    "crm": "address-book", "documents": "file-import", "followups": "send", "library": "books",
    "tasks": "checkbox",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """`text` is what was said or noted, where the reader may read it; `url` its page."""

    pk: int
    at: datetime
    action: str
    icon: str
    who: str
    name: str
    text: str = ""
    url: str = ""
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Timeline:
    """`next` goes on below; `seen_to` is set when nothing more was found within the window."""

    lines: Sequence[Line]
    next: str = ""
    seen_to: datetime | None = None


Texts = Mapping[int, tuple[str, str]]  # entry -> (text, url)


def timeline(
    record: Account | Contact | Deal | Lead, user: User, *, kind: str = "", text: str = "",
    after: str = "",
) -> Timeline:  # fmt: skip
    """A page of what happened to `record`, as `user` may read it."""
    rows = _window(record, user, after)
    if not kind and not text:
        found, last = list(rows[: PAGE + 1]), None
    else:
        found, last = _found(rows, kind, text)
    shown = found[:PAGE]
    lines = _lines(shown, user)
    if len(found) > PAGE:
        return Timeline(lines, encoded([shown[-1].at, shown[-1].pk]))
    if last is not None:
        return Timeline(lines, encoded([last[1], last[0]]), last[1])
    return Timeline(lines)


Seen = tuple[int, str, int]  # of an entry: its key, action, and key of its subject


def _found(
    rows: QuerySet[Entry], kind: str, text: str
) -> tuple[list[Entry], tuple[int, datetime] | None]:
    """What is sought among the next entries, and the last one looked at if there are more.

    The window is read once and looked through here: far cheaper than to ask for it again and again.
    """
    columns = ("pk", "at", "action", "subject_id", "subject_name", "actor_name")
    window = list(rows.values_list(*columns)[: WINDOW + 1])
    begins = KINDS[kind][1] if kind in KINDS else ("",)
    looked = [row for row in window[:WINDOW] if row[2].startswith(begins)]
    keys = [row[0] for row in looked]
    if text:
        low = text.lower()
        said = _said([(row[0], row[2], row[3]) for row in looked], text)
        keys = [row[0] for row in looked if row[0] in said or low in f"{row[4]} {row[5]}".lower()]
    found = list(_ordered(Entry.objects.filter(pk__in=keys[: PAGE + 1])))
    last = window[WINDOW - 1][:2] if len(window) > WINDOW else None
    return found, last


def _ordered(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    return rows.order_by("-at", "-pk")


def _window(record: Account | Contact | Deal | Lead, user: User, after: str) -> QuerySet[Entry]:
    rows = Entry.objects.filter(_about(record))
    private = Q(action__startswith="crm.activity.", data__contains={"private": True})
    rows = rows.exclude(private & ~Q(actor_id=user.pk))
    place = decoded(after, 2)
    if place is not None and isinstance(place[0], str):
        at = _moment(place[0])
        if at is not None:
            rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=place[1]), at__lte=at)
    return _ordered(rows)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _said(rows: Sequence[Seen], text: str) -> set[int]:
    """Entries whose words hold `text`: notes here, messages where apps above look."""
    noted = {subject: pk for pk, action, subject in rows if action == "crm.activity.logged"}
    found = Activity.objects.filter(pk__in=noted, text__icontains=text) if noted else ()
    keys = {noted[one.pk] for one in found}
    for path in settings.TIMELINE_SEARCHES:
        keys |= import_string(path)(rows, text)
    return keys


def _about(record: Account | Contact | Deal | Lead) -> Q:
    if isinstance(record, Account):
        return Q(account_id__in=with_merged("account", record.pk))
    own = Q(subject_type=record._meta.label_lower, subject_id=record.pk)
    activities = list(
        record.activities.order_by("-at", "-pk").values_list("pk", flat=True)[:MOST_SUBJECTS]
    )
    others: dict[str, list[int]] = {"crm.activity": activities}
    if isinstance(record, Deal):
        links = record.links.order_by("-pk").values_list("subject_type", "subject_id")
        for label, pk in links[:MOST_SUBJECTS]:
            others.setdefault(label, []).append(pk)
    if isinstance(record, Contact):
        for path in settings.CONTACT_SUBJECTS:
            label, keys = import_string(path)(record, MOST_SUBJECTS)
            others.setdefault(label, []).extend(keys)
    about = (Q(subject_type=label, subject_id__in=keys) for label, keys in others.items() if keys)
    return reduce(or_, about, own)


def _lines(rows: Iterable[Entry], user: User) -> list[Line]:
    rows = list(rows)
    texts = _texts(rows, user)
    return [
        Line(
            row.pk, row.at, row.action, _icon(row.action), row.actor_name, row.subject_name,
            *texts.get(row.pk, ("", _page(row))), row.data,
        )
        for row in rows
    ]  # fmt: skip


def _icon(action: str) -> str:
    app, _, rest = action.partition(".")
    return ICONS.get(f"{app}.{rest.partition('.')[0]}") or ICONS.get(app, "activity")


def _page(row: Entry) -> str:
    name = settings.SUBJECT_PAGES.get(row.subject_type, "")
    try:
        return reverse(name, args=[row.subject_id]) if name else ""
    except NoReverseMatch:
        return ""


def _texts(rows: Sequence[Entry], user: User) -> Texts:
    """What was said, of each source in one query: nothing is loaded line by line."""
    found: dict[int, tuple[str, str]] = {}
    for beginning, path in settings.TIMELINE_TEXTS.items():
        mine = [row for row in rows if row.action.startswith(beginning)]
        if mine:
            texts: Callable[[Sequence[Entry], User], Texts] = import_string(path)
            found |= texts(mine, user)
    return found


def record_texts(rows: Sequence[Entry], user: User) -> Texts:  # noqa: ARG001 - the seam's shape
    """What changed in a record, what was added to a deal, between which stages it moved."""
    return {row.pk: (_changes(row), _page(row)) for row in rows}


def _changes(row: Entry) -> str:
    data = row.data
    if row.action in {"crm.deal.linked", "crm.deal.unlinked"}:
        return str(data.get("name", ""))
    parts = [
        f"{_field(row, name)}: {_pair(value)}"
        for name, value in data.items()
        if isinstance(value, list) and len(value) == 2 and name != "custom"  # noqa: PLR2004 - from, to
    ]
    reason = data.get("reason") or data.get("why")
    return "; ".join([*parts, str(reason)] if reason else parts)[:600]


def _field(row: Entry, name: str) -> str:
    try:
        field = apps.get_model(row.subject_type)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return name.replace("_", " ").capitalize()
    return str(getattr(field, "verbose_name", name)).capitalize()


def _pair(value: Sequence[Any]) -> str:
    old, new = (str(one) if one not in (None, "", "None") else "nothing" for one in value)
    return f"{old} → {new}"


def activity_texts(rows: Sequence[Entry], user: User) -> Texts:
    """Words of calls and notes, those that `user` may read (settings.TIMELINE_TEXTS)."""
    keys = {row.subject_id: row.pk for row in rows}
    found = Activity.objects.readable_by(user).filter(pk__in=keys)
    return {keys[one.pk]: (_noted(one), "") for one in found}


def _noted(one: Activity) -> str:
    facts = [one.get_kind_display()]
    if one.kind == Activity.Kind.CALL and one.is_incoming:
        facts = ["They called"]
    if one.outcome:
        facts.append(one.get_outcome_display().lower())
    if one.minutes:
        facts.append(f"{one.minutes} min")
    if one.is_private:
        facts.append("private")
    return ", ".join(facts) + (f". {one.text}" if one.text else "")


def subject_of(kind: str, pk: int, user: User) -> Account | Contact | Deal | Lead | None:
    """The record of a timeline's address, if `user` may see it."""
    rows = seen_by(user, kind)
    found: Account | Contact | Deal | Lead | None = (
        None if rows is None else rows.filter(pk=pk).first()
    )
    return found
