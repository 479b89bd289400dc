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

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from crm.models import Account, Activity, Contact, Deal, Lead
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


def _found(
    rows: QuerySet[Entry], kind: str, text: str
) -> tuple[list[Entry], tuple[int, datetime] | None]:
    """What is sought among the next entries, and the last one looked at if there are more."""
    window = list(rows.values_list("pk", "at")[: WINDOW + 1])
    looked = Entry.objects.filter(pk__in=[pk for pk, _ in window[:WINDOW]])
    found = list(_ordered(_sought(looked, kind, text))[: PAGE + 1])
    return found, window[WINDOW - 1] if len(window) > WINDOW else None


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


def _sought(rows: QuerySet[Entry], kind: str, text: str) -> QuerySet[Entry]:
    if kind in KINDS:
        begins = [Q(action__startswith=one) for one in KINDS[kind][1]]
        rows = rows.filter(reduce(or_, begins))
    if text:
        inside = Q(subject_name__icontains=text) | Q(actor_name__icontains=text)
        words = Q(pk__in=_said(rows, text))
        rows = rows.filter(inside | words)
    return rows


def _said(rows: QuerySet[Entry], text: str) -> list[int]:
    """Entries of the window whose words hold `text`: notes here, messages where apps above look."""
    noted = rows.filter(action="crm.activity.logged").values("pk", "subject_id")
    by_activity = {row["subject_id"]: row["pk"] for row in noted}
    found = Activity.objects.filter(pk__in=by_activity, text__icontains=text)
    keys = [by_activity[pk] for pk in found.values_list("pk", flat=True)]
    for path in settings.TIMELINE_SEARCHES:
        keys += import_string(path)(rows, text)
    return keys


def _about(record: Account | Contact | Deal | Lead) -> Q:
    if isinstance(record, Account):
        return Q(account_id=record.pk)
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


def activity_texts(rows: Sequence[Entry], user: User) -> Texts:
    """Words of calls and notes, those that `user` may read (settings.TIMELINE_TEXTS)."""
    keys = {row.subject_id: row.pk for row in rows}
    found = Activity.objects.visible_to(user).filter(pk__in=keys)
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
    models: Mapping[str, tuple[type[Model], str]] = {
        "account": (Account, "crm.view_account"), "contact": (Contact, "crm.view_contact"),
        "deal": (Deal, "crm.view_deal"), "lead": (Lead, "crm.view_lead"),
    }  # fmt: skip
    if kind not in models or not user.has_perm(models[kind][1]):
        return None
    rows: Any = models[kind][0]._default_manager
    found: Account | Contact | Deal | Lead | None = rows.visible_to(user).filter(pk=pk).first()
    return found
