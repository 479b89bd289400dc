"""What is kept of a person: given out, or taken out of everything.

Erasing works through the whole database (docs/adr/0017): the record of the person is emptied,
lower layers are told through settings.ERASE_STEPS (mail that waits, files, raw mails), and then the
mail address, telephone number and name are taken out of every text of every table and of the
journal. What the law makes us keep stays, and is named in KEPT.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.module_loading import import_string

from crm.models import Account, Activity, Contact, Erasure, Lead, MergedRecord
from crm.services import scores
from crm.services.pointing import pointers
from journal import services as journal
from kit.digests import NOWHERE, digest_of
from people.models import User

LEASE: Final = timedelta(minutes=30)
GROUNDS: Final = {
    "asked": "The person asked for it", "consent": "Consent was taken back",
    "no_use": "We need the data no longer", "mistake": "The data were taken by mistake",
}  # fmt: skip
# Tables that are not searched, and why; shown before somebody confirms.
KEPT: Final[Mapping[str, str]] = {
    "orders.invoice": "Invoices stand as they were issued: tax law asks for them.",
    "orders.invoiceline": "Invoices stand as they were issued: tax law asks for them.",
    "orders.quoterevision": "Quotes that were sent stand word for word: they are contracts.",
    "orders.quoteline": "Quotes that were sent stand word for word: they are contracts.",
    "orders.stockmove": "Movements of stock are a ledger.",
}
# Colleagues, sessions and what Django keeps of itself: no customer stands there.
NOT_OURS: Final = frozenset({"people", "auth", "admin", "sessions", "contenttypes", "account",
                             "usersessions", "sites", "mfa", "socialaccount"})  # fmt: skip
SHORTEST_NAME, SHORTEST_DIGITS, SAME_LINE = 5, 7, 8
ERASED: Final = "(erased)"
TEXTS: Final = frozenset({"CharField", "TextField", "EmailField", "SlugField", "URLField"})


class NotErasable(Exception):
    """Why this person cannot be erased; fit for people to read."""


@dataclass(frozen=True)
class Traces:
    """By what a person is found in texts: patterns of Postgres -> what stands there afterwards.

    `everywhere` belongs to nobody else; `near` (a name that others have too) is taken out only of
    rows that point to the person.
    """

    everywhere: dict[str, str] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def ask(contact: Contact, *, ground: str, typed: str, by: User, at: datetime) -> Erasure:
    """The second of two steps: somebody typed the name of the person; a worker erases.

    :raises NotErasable: for another name, or when it is on its way already.
    """
    if " ".join(typed.split()).casefold() != " ".join(contact.name.split()).casefold():
        raise NotErasable("Type the name exactly as it stands above.")
    if ground not in GROUNDS:
        raise NotErasable("Say why.")
    if Erasure.objects.filter(contact_id=contact.pk).exists():
        raise NotErasable("This person is being erased already.")
    row = Erasure.objects.create(
        contact_id=contact.pk, digest=digest_of(contact.email) if contact.email else "",
        ground=ground, by=by, at=at,
    )  # fmt: skip
    journal.record(
        "crm.erasure.asked", row, by=by, at=at, account_id=contact.account_id,
        data={"ground": ground},
    )  # fmt: skip
    return row


def run_next(*, at: datetime) -> Erasure | None:
    """Do the erasure that waits, or one whose worker died; None when there is none."""
    with transaction.atomic():
        live = Erasure.objects.exclude(status="done").select_for_update(skip_locked=True)
        row = live.filter(Q(lease_until=None) | Q(lease_until__lt=at)).order_by("pk").first()
        if row is None:
            return None
        row.status, row.lease_until = Erasure.Status.RUNNING, at + LEASE
        row.save(update_fields=["status", "lease_until"])
    erase(row, at=at)
    return row


@transaction.atomic
def erase(row: Erasure, *, at: datetime) -> None:
    """Take the person out of everything, all or nothing; twice is once."""
    row.refresh_from_db(from_queryset=Erasure.objects.select_for_update(of=("self",)))
    if row.status == Erasure.Status.DONE:
        return
    with connection.cursor() as sql:
        sql.execute("SET LOCAL statement_timeout = 0")  # every table once, in a worker
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=row.contact_id)
    people = list(same_person(contact))
    found = traces(people)
    counts: dict[str, int] = {}
    for path in settings.ERASE_STEPS:
        step: Callable[..., Mapping[str, int]] = import_string(path)
        counts |= step(people, by=row.by, at=at)
    counts["leads"] = _empty_leads(people)
    counts["contacts"] = _empty(people)
    counts["texts"] = _take_out(found, [one.pk for one in people])
    counts["journal"] = _take_out_of_journal(found, people)
    scores.refresh("contact", [one.pk for one in people], at=at)
    row.status, row.finished_at, row.lease_until = Erasure.Status.DONE, at, None
    row.counts = counts
    row.save()
    journal.record("crm.erasure.done", row, by=row.by, at=at, account_id=contact.account_id,
                   data=counts)  # fmt: skip


def same_person(contact: Contact) -> models.QuerySet[Contact]:
    """The contact, what was merged into it, and who has the same mail address and name. An address
    alone is no person: three colleagues may share info@."""
    merged = MergedRecord.objects.filter(kind="contact", new_id=contact.pk, undone_at=None)
    same = Q(pk=contact.pk) | Q(pk__in=merged.values("old_id"))
    if contact.email:
        same |= Q(email__iexact=contact.email, name__iexact=contact.name)
    return Contact.objects.filter(same).order_by("pk")


def traces(people: list[Contact]) -> Traces:
    """Patterns for addresses, numbers and names; a name that others have too is not unique."""
    everywhere: dict[str, str] = {}
    near: dict[str, str] = {}
    for person in people:
        if person.email:
            into = everywhere if person.email.lower() in own_addresses(people) else near
            into[_address(person.email)] = f"erased@{NOWHERE}"
        digits = re.sub(r"\D", "", person.phone)
        if len(digits) >= SHORTEST_DIGITS:
            into = near if _line_of_others(digits, people) else everywhere
            into[_number(digits)] = ERASED
        words = person.name.split()
        if len(person.name) >= SHORTEST_NAME and len(words) > 1 and not _others(person, people):
            everywhere[_name(words)] = ERASED
        elif person.name:
            near[_name(words)] = ERASED
    return Traces(everywhere, near)


def own_addresses(people: Sequence[Contact]) -> set[str]:
    """The mail addresses, in lower case, that nobody else here has."""
    mine = {one.email.lower() for one in people if one.email}
    others = Contact.objects.exclude(pk__in=[one.pk for one in people]).annotate(low=Lower("email"))
    return mine - set(others.filter(low__in=mine).values_list("low", flat=True))


def _line_of_others(digits: str, people: Sequence[Contact]) -> bool:
    """Whether a company or a colleague has the number too: a switchboard is nobody's own."""
    end = digits[-SAME_LINE:]
    plain = Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    own = [one.pk for one in people]
    rows: list[Any] = [Contact.objects.exclude(pk__in=own), Account.objects.all()]
    return any(
        one.annotate(digits=plain).filter(digits__endswith=end).exclude(phone="").exists()
        for one in rows
    )


def _address(email: str) -> str:
    return rf"(?<![\w.+-]){_literal(email)}(?![\w-])"


def _number(digits: str) -> str:
    """The number however it is written: its last digits with signs between them."""
    spread = r"[\s()/.\u00a0-]*".join(digits.lstrip("0"))
    return rf"(?<!\d)(?:\+?[\s0(]*)?{spread}(?!\d)"


def _name(words: list[str]) -> str:
    forward = r"\s+".join(_literal(word) for word in words)
    turned = rf"{_literal(words[-1])},\s*" + r"\s+".join(_literal(word) for word in words[:-1])
    either = f"{forward}|{turned}" if len(words) > 1 else forward
    return rf"(?<!\w)(?:{either})(?!\w)"


def _literal(text: str) -> str:
    return "".join(c if c.isalnum() or c.isspace() else f"\\{c}" for c in text)


def _others(person: Contact, people: list[Contact]) -> bool:
    name = person.name.strip()
    mine = [one.pk for one in people]
    return (
        Contact.objects.filter(name__iexact=name).exclude(pk__in=mine).exists()
        or User.objects.filter(name__iexact=name).exists()
    )


def _empty_leads(people: list[Contact]) -> int:
    """Leads of the same address, and those that became this contact."""
    mine = Q(contact__in=[one.pk for one in people])
    for address in own_addresses(people):
        mine |= Q(email__iexact=address)
    return Lead.objects.filter(mine).update(
        name="Erased person", email="", phone="", title="", about="", custom={}, external_id=None
    )


def _empty(people: list[Contact]) -> int:
    for person in people:
        Contact.objects.filter(pk=person.pk).update(
            name=f"Erased person {person.pk}", email="", phone="", title="", roles=[], zone="",
            channel="", consent="unknown", consent_at=None, consent_source="", custom={},
            external_id=None, no_mail=True, is_active=False, reviewed_at=None,
        )  # fmt: skip
    Activity.objects.filter(contact__in=people, is_private=True).delete()
    return len(people)


def _tables() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        ours = model._meta.app_label not in NOT_OURS and model._meta.managed
        if ours and model._meta.label_lower not in {*KEPT, "journal.entry"}:
            yield model


def _take_out(found: Traces, keys: list[int]) -> int:
    """Every text column of every table; returns how many rows were changed."""
    count = 0
    for model in _tables():
        columns = _columns(model)
        if not columns:
            continue
        for pattern, instead in found.everywhere.items():
            count += _rewrite(model, columns, pattern, instead)
        if found.near and (where := _near(model)):
            for pattern, instead in found.near.items():
                count += _rewrite(model, columns, pattern, instead, where=where, keys=keys)
    return count


def _near(model: type[models.Model]) -> str:
    """The condition that a row points to the person; empty for tables that do not."""
    own = [one for one in pointers(Contact) if one.model is model and not one.type_field]
    columns = [
        f.column for one in own for f in model._meta.concrete_fields if f.attname == one.field
    ]
    return " OR ".join(f'"{column}" = ANY(%(keys)s)' for column in columns)


def _columns(model: type[models.Model]) -> dict[str, tuple[str, int | None]]:
    """{column: (kind, most characters)} of the columns that hold words."""
    found: dict[str, tuple[str, int | None]] = {}
    for one in model._meta.concrete_fields:
        kind = one.get_internal_type()
        if getattr(one, "generated", False) or one.is_relation or one.primary_key or one.choices:
            continue
        if kind in TEXTS:
            found[str(one.column)] = ("text", one.max_length)
        elif kind == "JSONField":
            found[str(one.column)] = ("json", None)
        elif kind == "ArrayField" and one.base_field.get_internal_type() in TEXTS:  # type: ignore[attr-defined]
            found[str(one.column)] = ("array", None)
    return found


SET: Final = {
    "text": "regexp_replace(\"{c}\", %(pattern)s, %(instead)s, 'gi')",
    "json": "regexp_replace(\"{c}\"::text, %(pattern)s, %(instead)s, 'gi')::jsonb",
    "array": "ARRAY(SELECT regexp_replace(w, %(pattern)s, %(instead)s, 'gi') FROM unnest(\"{c}\") w)",
}
HAS: Final = {
    "text": '"{c}" ~* %(pattern)s', "json": '"{c}"::text ~* %(pattern)s',
    "array": "array_to_string(\"{c}\", ' ') ~* %(pattern)s",
}  # fmt: skip


def _rewrite(
    model: type[models.Model], columns: Mapping[str, tuple[str, int | None]], pattern: str,
    instead: str, *, where: str = "true", keys: list[int] | None = None,
) -> int:  # fmt: skip
    changes = []
    for column, (kind, most) in columns.items():
        new = SET[kind].format(c=column)
        changes.append(f'"{column}" = ' + (f"left({new}, {most})" if most else new))
    having = " OR ".join(HAS[kind].format(c=column) for column, (kind, _) in columns.items())
    statement = (
        f'UPDATE "{model._meta.db_table}" SET {", ".join(changes)} WHERE ({where}) AND ({having})'  # noqa: S608 - names of our own tables and columns
    )
    with connection.cursor() as sql:
        sql.execute(statement, {"pattern": pattern, "instead": instead, "keys": keys or []})
        return int(sql.rowcount)


def _take_out_of_journal(found: Traces, people: list[Contact]) -> int:
    count = sum(journal.take_out(p, instead) for p, instead in found.everywhere.items())
    for person in people:
        for pattern, instead in found.near.items():
            count += journal.take_out(pattern, instead, only=("crm.contact", person.pk))
    return count
