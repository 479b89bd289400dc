"""What material is shared or suggested for: a request, a meeting, a deal, an account, and the like."""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from comms.parties import parties_of
from comms.queries import subject_of
from crm.models import Account, Contact, Deal
from library.models import Material, Share
from people.models import User

DEAL = "crm.deal"


def seen(user: User, label: str, pk: int) -> Model | None:
    """The object, if `user` may see it."""
    if pk >= 2**62:
        return None
    if label == DEAL:
        if not user.has_perm("crm.view_deal"):
            return None
        rows = Deal.objects.visible_to(user).select_related("account", "stage")
        return rows.filter(pk=pk).first()
    return subject_of(user, label, pk) if label in settings.THREAD_PARTIES else None


def people_of(subject: Model | None) -> Sequence[Contact]:
    """The people at the customer, the first one first."""
    if subject is None:
        return []
    if isinstance(subject, Deal):
        own = [subject.contact] if subject.contact is not None else []
        others = subject.account.contacts.active().order_by("pk")[:50]
        return [*own, *(one for one in others if one not in own)]
    return parties_of(subject).contacts


def contact_with(user: User, email: str) -> Contact | None:
    """The contact who has this address, if `user` may see her."""
    rows = Contact.objects.active().visible_to(user).filter(email__iexact=email.strip())
    return rows.select_related("account").order_by("pk").first() if email.strip() else None


def page_of(label: str, pk: int | None) -> str:
    """The path of its page; empty where it has none."""
    name = settings.SUBJECT_PAGES.get(label)
    return reverse(name, args=[pk]) if name and pk else ""


def may_attach(user: User, subject: Model) -> bool:
    """Whether `user` writes in a conversation about it."""
    known = subject._meta.label_lower in settings.THREAD_PARTIES
    return known and user.has_perm("comms.add_message")


def account_of(subject: Model | None) -> Account | None:
    found = subject if isinstance(subject, Account) else getattr(subject, "account", None)
    return found if isinstance(found, Account) else None


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int] | None:
    """Which of this material, or of these shares, `user` may see (settings.THREAD_SUBJECTS): what was
    told of them counts as read on their pages. None when it is about neither."""
    if subject_type == "library.material":
        may = user.has_perm("library.view_material")
        return (
            set(Material.objects.filter(pk__in=ids).values_list("pk", flat=True)) if may else set()
        )
    if subject_type == "library.share":
        if not user.has_perm("library.view_share"):
            return set()
        rows = Share.objects.visible_to(user).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))
    return None
