"""Whose mail it is, and to which conversation it belongs."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from comms.addresses import inbound_address, read_reply_address
from comms.models import Delivery, Thread
from comms.queries import subject_of
from crm.models import Contact
from kit.once import once
from mailroom.models import Blocked, Incoming
from mailroom.reading import Reading
from people.models import User


@dataclass(frozen=True)
class Place:
    """A conversation, and who of it wrote; nobody when the sender is not one of its readers."""

    thread: Thread
    contact: Contact | None = None
    user: User | None = None


def place_of(row: Incoming, said: Reading) -> Place | None:
    """Where a mail belongs: by the signed address that it was sent to, else by what it answers.

    A colleague is believed only with the signed address: anybody can write her name into a mail.
    """
    for address in row.recipients:
        found = read_reply_address(address)
        thread = Thread.objects.filter(pk=found[0]).first() if found else None
        if found and thread is not None:
            return _reader(thread, found[1], row.address)
    if not said.answers:
        return None
    answered = Delivery.objects.filter(message_id__in=said.answers[:50]).order_by("-pk").first()
    thread = thread_of(answered) if answered is not None else None
    if answered is None or thread is None:
        return None
    mine = answered.recipient.lower() == row.address
    return Place(thread, contact=answered.contact if mine else _known(thread, row.address))


def thread_of(delivery: Delivery) -> Thread | None:
    """The conversation that a mail was about."""
    if not delivery.about_type or delivery.about_id is None:
        return None
    rows = Thread.objects.filter(subject_type=delivery.about_type, subject_id=delivery.about_id)
    return rows.first()


def _reader(thread: Thread, reader: str, address: str) -> Place:
    kind, _, pk = reader.partition(":")
    if kind == "user":
        user = User.objects.active().filter(pk=pk, email__iexact=address).first()
        sees = user is not None and subject_of(user, thread.subject_type, thread.subject_id)
        return Place(thread, user=user if sees else None)
    if kind == "contact":
        contact = Contact.objects.filter(pk=pk, email__iexact=address).first()
        return Place(thread, contact=contact or _known(thread, address))
    return Place(thread, contact=_known(thread, address))


def _known(thread: Thread, address: str) -> Contact | None:
    """Another person of the same customer."""
    if thread.account_id is None:
        return None
    rows = Contact.objects.filter(account=thread.account_id, email__iexact=address)
    return rows.order_by("pk").first()


def contact_of(address: str) -> Contact | None:
    """The one contact with this address; None when several customers have it."""
    found = _contacts(address)
    if not found and without_tag(address) != address:
        found = _contacts(without_tag(address))
    return found[0] if len(found) == 1 else None


def _contacts(address: str) -> list[Contact]:
    """Two at most: with two it is nobody's."""

    def read() -> list[Contact]:
        rows = Contact.objects.active().select_related("account__owner")
        return list(rows.filter(email__iexact=address)[:2])

    return once(("mailroom.contacts", address), read)


def without_tag(address: str) -> str:
    """claire+orders@northgate.example -> claire@northgate.example"""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def colleague_of(address: str) -> User | None:
    return once(
        ("mailroom.colleague", address),
        lambda: User.objects.active().filter(email__iexact=address).first(),
    )


def is_blocked(address: str) -> bool:
    return once(
        ("mailroom.blocked", address), lambda: Blocked.objects.filter(address=address).exists()
    )


def is_ours(row: Incoming) -> bool:
    """A mail that we sent ourselves, come back by a forwarding rule: never taken for news."""
    own = inbound_address().lower()
    sent = row.mail_id and once(
        ("mailroom.sent", row.mail_id),
        lambda: Delivery.objects.filter(message_id=row.mail_id).exists(),
    )
    return bool(sent) or (bool(own) and without_tag(row.address) == without_tag(own))


def subject_at(thread: Thread) -> Model | None:
    model: Any = apps.get_model(thread.subject_type)
    found: Model | None = model._default_manager.filter(pk=thread.subject_id).first()
    return found
