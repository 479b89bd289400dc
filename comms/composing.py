"""The form by which somebody writes in a conversation, as it was left: draft, files, what is offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from comms import services
from comms.conversation import Conversation
from comms.forms import ASK, LATER, SayForm
from comms.models import Message, Unsent, UnsentFile, Visibility
from comms.papers import papers_of
from comms.parties import Parties
from comms.queries import may_write, messages_in
from comms.templates import Offer, offered
from crm.models import Contact
from kit import uploads
from people.models import Department, User


@dataclass(frozen=True)
class Audience:
    """Who may be written to: a button that says so, and what its sending says."""

    value: str
    label: str
    verb: str
    icon: str
    who: str
    chosen: bool = False


@dataclass
class Composer:
    """All that stands in the form. `preview` is what would leave, when somebody asked for it."""

    form: SayForm
    audiences: list[Audience]
    label: str
    draft: Unsent | None
    files: list[tuple[UnsentFile, str, str]]
    people: list[tuple[Contact, bool]]
    papers: list[tuple[str, str, bool]]
    templates: list[Offer]
    departments: Sequence[Department]
    quoted: Message | None
    opens_at: datetime | None
    later: Sequence[tuple[str, str]] = LATER
    preview: Any = None
    accept: str = uploads.ACCEPTED

    @property
    def most(self) -> int:
        """Bytes of one file."""
        found: int = settings.UPLOAD_MAX_BYTES
        return found

    @property
    def most_words(self) -> str:
        return uploads.size_in_words(self.most)


def audiences_of(user: User, parties: Parties) -> list[str]:
    """To whom `user` may write in this conversation, as the form calls them."""
    values = may_write(user)
    if parties.inside:
        return [value for value in values if value == Visibility.INTERNAL]
    if parties.requester is not None and parties.requester.pk != user.pk and len(values) > 2:  # noqa: PLR2004 - the desk
        values.insert(values.index(Visibility.REQUESTER) + 1, ASK)
    return values


def empty_form(
    talk: Conversation, user: User, draft: Unsent | None, initial: Mapping[str, Any]
) -> SayForm:
    """The form as it was left, or as a link asks for."""
    choices = audiences_of(user, talk.parties)
    start = typed_in(draft) if draft is not None else {}
    start |= initial
    if start.get("to") not in choices:
        start.pop("to", None)
        start.pop("typed_for", None)
    return SayForm(choices, talk.parties, papers_of(user, talk.subject), initial=start)


def typed_in(draft: Unsent) -> dict[str, Any]:
    names = ("to", "typed_for", "subject_line", "body", "needs", "taken", "papers", "contacts")
    return {name: getattr(draft, name) for name in names} | {"quotes": draft.quotes_id}


def composer(
    talk: Conversation, user: User, *, now: datetime, form: SayForm | None = None,
    initial: Mapping[str, Any] | None = None, preview: Any = None,
) -> Composer | None:  # fmt: skip
    """The form below a conversation; None for who may not write there."""
    if not talk.may_write or not audiences_of(user, talk.parties):
        return None
    draft = services.draft_of(user, talk.subject)
    form = form or empty_form(talk, user, draft, initial or {})
    ticked = form.picked("contacts")
    if not ticked and not form.is_bound and form.people:
        ticked = [str(form.people[0].pk)]
    people = [(one, str(one.pk) in ticked) for one in form.people]
    along = form.picked("papers")
    quoted = form["quotes"].value()
    mine = any(turn.asked_user_id == user.pk for turn in talk.turns)
    return Composer(
        form, _audiences(form, talk.parties, user, mine=mine), "Your answer" if mine else "Message",
        draft, _files(draft), people,
        [(paper.key, paper.label, paper.key in along) for paper in form.offered],
        offered(user, talk.subject), list(Department.objects.by_name()),
        messages_in(user, talk.subject).filter(pk=quoted).first() if _is_key(quoted) else None,
        services.next_opening([one for one, is_on in people if is_on], user, now)
        if form.people and Visibility.CUSTOMER in talk.may_write
        else None,
        preview=preview,
    )  # fmt: skip


def _is_key(value: Any) -> bool:
    text = str(value or "")
    return text.isascii() and text.isdecimal() and len(text) < 19  # noqa: PLR2004 - a bigint


def _files(draft: Unsent | None) -> list[tuple[UnsentFile, str, str]]:
    """(file, its size in words, how the text shows it as a picture)."""
    rows = draft.files.order_by("pk") if draft is not None else []
    return [
        (
            row, uploads.size_in_words(row.size),
            services.picture_name(row.name) if row.kind.startswith("image/") else "",
        )
        for row in rows
    ]  # fmt: skip


def _audiences(form: SayForm, parties: Parties, user: User, *, mine: bool) -> list[Audience]:
    chosen = str(form["to"].value() or "")
    rep = parties.requester.get_short_name() if parties.requester else ""
    own = parties.requester is not None and parties.requester.pk == user.pk
    inside = Audience(
        Visibility.INTERNAL, "Internal", "Add internal note", "lock",
        "Only the desk and departments read this.",
    )  # fmt: skip
    known = {
        Visibility.INTERNAL.value: inside,
        Visibility.REQUESTER.value: Audience(
            Visibility.REQUESTER, f"To {rep}" if rep and not own else "Rep and desk",
            "Answer" if mine else f"Send to {rep}" if rep and not own else "Send", "users",
            "The desk reads this." if own else "The customer does not see this.",
        ),
        ASK: Audience(
            ASK, f"Ask {rep}", f"Ask {rep}", "message-question",
            f"It is {rep}'s turn then. The customer does not see this.",
        ),
        Visibility.CUSTOMER.value: Audience(
            Visibility.CUSTOMER, "Customer", "Send to customer", "eye", ""
        ),
    }  # fmt: skip
    to = form.fields["to"]
    values = [value for value, _ in getattr(to, "choices", [])]
    shown = [v for v in values if v != Visibility.CUSTOMER or form.people]
    return [
        Audience(a.value, a.label, a.verb, a.icon, a.who, chosen=a.value == chosen)
        for a in (known[v] for v in shown)
    ]
