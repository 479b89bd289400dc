"""Who is at the table of a conversation; the owning apps say it (settings.THREAD_PARTIES)."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from crm.models import Account, Contact, Deal
from people.models import User


@dataclass(frozen=True)
class Parties:
    """`title` heads the mails to the customer; `contacts` may be written to; `family` names
    other things of the same kind, by key, whose messages are shown here too (merged requests).
    `first` is who reads what is written unless somebody chooses; `inside`: never anybody but
    colleagues of the desk and departments."""

    title: str
    account_id: int | None
    contacts: list[Contact] = field(default_factory=list)
    requester: User | None = None
    family: dict[int, str] = field(default_factory=dict)
    first: str = ""
    inside: bool = False


def parties_of(subject: Model) -> Parties:
    """The parties of `subject`; without a function of its own, nobody outside."""
    path = settings.THREAD_PARTIES.get(subject._meta.label_lower)
    if path is None:
        return Parties(str(subject), getattr(subject, "account_id", None))
    found: Parties = import_string(path)(subject)
    return found


def reachable(contacts: list[Contact]) -> list[Contact]:
    """Those who have an address and did not ask to be left alone, each address once."""
    seen: dict[str, Contact] = {}
    for contact in contacts:
        if contact.email and contact.is_active and not contact.no_mail:
            seen.setdefault(contact.email.lower(), contact)
    return list(seen.values())


def of_account(account: Account) -> Parties:
    """The people of an account."""
    return Parties(account.name, account.pk, list(account.contacts.active().order_by("pk")[:50]))


def of_deal(deal: Deal) -> Parties:
    """The people of a deal's account, the contact of the deal first."""
    contacts = list(deal.account.contacts.active().order_by("pk")[:50])
    named = [deal.contact] if deal.contact is not None else []
    others = [one for one in contacts if one.pk != deal.contact_id]
    return Parties(deal.name, deal.account_id, named + others, deal.owner)
