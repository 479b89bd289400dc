"""What the customer is mailed about an ask."""

from datetime import datetime

from comms import services as comms
from comms.parties import reachable
from documents.models import DocumentAsk
from documents.services import links, steps
from documents.services.refusals import Unreachable
from people.models import User


def asks(ask: DocumentAsk) -> str:
    """How the first mail begins."""
    return f"{ask.asked_by} asks you for **{ask.title}** ({steps.about(ask)})."


def reminds(ask: DocumentAsk) -> str:
    """How a reminder begins."""
    return f"we still need **{ask.title}** from you ({steps.about(ask)})."


def moved(ask: DocumentAsk) -> str:
    """How the mail about another deadline begins."""
    return f"the day for **{ask.title}** has moved ({steps.about(ask)})."


def returned(ask: DocumentAsk) -> str:
    """How the mail begins by which something is sent back."""
    return (
        f"thank you for **{ask.title}** ({steps.about(ask)}). It cannot be used as it is. "
        f"{ask.asked_by} writes:\n\n{_quoted(ask.reason)}"
    )


def link_mail_body(ask: DocumentAsk, *, at: datetime, lead: str = "") -> str:
    """The text of a mail with a fresh link, in the caller's transaction; other links go on working.

    `lead` is markdown that stands under the greeting as it is; left out, that of a reminder. The
    mail holds a link by which its reader acts: owe it with `private=True`, to the contact of the ask
    only.

    :raises IllegalMove: if the ask is closed.
    """
    url = links.fresh_link(ask, at=at)
    template = "\n\nThe form to fill in is on the same page." if ask.template_id else ""
    return (
        f"Hello {ask.contact_name},\n\n{lead or reminds(ask)}\n\n{_quoted(ask.words)}\n\n"
        f"Please send it by **{ask.due_words}**.{template}\n\n[Send it here]({url})\n\n"
        "The page needs no account and works on a phone. Please do not pass the link on: it is "
        "yours. Questions? Just answer this mail."
    )


def owe(ask: DocumentAsk, *, lead: str, by: User | None, at: datetime) -> None:
    """Owe the contact a mail with a fresh link; the caller saves the row.

    :raises Unreachable: if it would not arrive.
    """
    body = link_mail_body(ask, at=at, lead=lead)
    _owe(ask, subject=f"Please send: {ask.title}", body=body, by=by, at=at, private=True)


def owe_farewell(ask: DocumentAsk, *, by: User, at: datetime) -> None:
    """Tell the customer, if a mail reaches her, that nothing is needed any more."""
    if ask.contact is None or not reachable([ask.contact]):
        return
    body = (
        f"Hello {ask.contact_name},\n\nwe do not need **{ask.title}** any more "
        f"({steps.about(ask)}). The link in our earlier mail no longer works."
    )
    _owe(ask, subject=f"No longer needed: {ask.title}", body=body, by=by, at=at, private=False)


def _owe(
    ask: DocumentAsk, *, subject: str, body: str, by: User | None, at: datetime, private: bool
) -> None:
    contact = ask.contact
    if contact is None or not reachable([contact]):
        raise Unreachable(
            f"{ask.contact_name} cannot be mailed: no address, or asked not to be.", "contact"
        )
    ask.mails += 1
    comms.owe_mail(
        key=f"document-ask:{ask.pk}:{ask.mails}", recipient=contact.email, contact=contact,
        recipient_name=contact.name, subject=subject, body=body, private=private,
        about=steps.subject_of(ask) or ask, thread=ask.thread, author=by or ask.asked_by,
        due_at=at, at=at,
    )  # fmt: skip


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
