"""A conversation as a page shows it: a fixed number of queries, however long it is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.safestring import SafeString

from comms.models import (
    Attachment,
    Delivery,
    DeliveryFile,
    Message,
    Reaction,
    Thread,
    Turn,
    Unsent,
    Visibility,
)
from comms.parties import Parties, parties_of
from comms.queries import may_write, reads_internal
from comms.services import SECOND_THOUGHT, editable
from kit.prose import said
from people.models import User

FIRST: Final = 20  # messages that a page shows before somebody asks for earlier ones
SIGNS: Final = Reaction.Sign.choices


@dataclass(frozen=True)
class Trouble:
    """A mail of a message that did not do what it should."""

    delivery: int
    words: str


@dataclass
class Line:
    """One message with what stands around it."""

    message: Message
    mine: bool
    editable: bool
    undo_until: datetime | None
    elsewhere: str  # what it was said about, if that is another thing
    reactions: list[tuple[str, str, int, bool]] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)  # that were drawn and went along
    trouble: list[Trouble] = field(default_factory=list)

    @property
    def html(self) -> SafeString:
        """The words with their pictures, safe to show."""
        return said(self.message.body, tuple(
            (file.content_id, f"{reverse('comms:attachment', args=[file.pk, file.name])}?inline=1")
            for file in self.files if file.content_id
        ))  # fmt: skip

    @property
    def listed(self) -> list[Attachment]:
        """The files that the words do not show already."""
        return [file for file in self.files if not file.content_id]


@dataclass
class Conversation:
    subject: Model
    type: str
    parties: Parties
    lines: list[Line]
    turns: list[Turn]
    version: int
    earlier: int | None  # the key before which older messages stand; None when all are shown
    may_write: list[str]
    planned: list[Unsent] = field(default_factory=list)


def conversation(
    user: User, subject: Model, *, now: datetime, before: int | None = None
) -> Conversation:
    """The last messages (or those `before` a key) that `user` may read about `subject`."""
    label, parties = subject._meta.label_lower, parties_of(subject)
    threads = list(
        Thread.objects.filter(subject_type=label, subject_id__in=[subject.pk, *parties.family])
    )
    found = _messages(user, threads, before)
    more = len(found) > FIRST
    shown = found[:FIRST][::-1]
    lines = [_line(message, user, now, parties) for message in shown]
    _beside(lines, user)
    turns = Turn.objects.filter(thread__in=threads, closed_at=None)
    return Conversation(
        subject, label, parties, lines,
        list(turns.select_related("asked_user", "asked_department", "asked_by").order_by("opened_at", "pk")),
        sum(thread.version for thread in threads), shown[0].pk if more else None,
        may_write(user) if user.has_perm("comms.add_message") else [], _planned(user, label, subject),
    )  # fmt: skip


def _planned(user: User, label: str, subject: Model) -> list[Unsent]:
    """What leaves later: the desk sees all of it, others what they wrote."""
    rows = Unsent.objects.planned().filter(subject_type=label, subject_id=subject.pk)
    if not user.has_perm("desk.work_queue"):
        rows = rows.filter(user=user)
    return list(rows.select_related("user").order_by("due_at", "pk")[:FIRST])


def version_of(subject: Model) -> int:
    """Grows with every change that readers of the conversation would see."""
    keys = [subject.pk, *parties_of(subject).family]
    rows = Thread.objects.filter(subject_type=subject._meta.label_lower, subject_id__in=keys)
    return sum(rows.values_list("version", flat=True))


def _messages(user: User, threads: list[Thread], before: int | None) -> list[Message]:
    rows = Message.objects.filter(thread__in=threads)
    if not reads_internal(user):
        rows = rows.exclude(visibility=Visibility.INTERNAL)
    if before is not None:
        edge = Message.objects.filter(pk=before).values_list("at", flat=True).first()
        rows = rows.filter(Q(at__lt=edge) | Q(at=edge, pk__lt=before)) if edge else rows.none()
    related = rows.select_related("author", "thread", "quotes", "contact")
    return list(related.order_by("-at", "-pk")[: FIRST + 1])


def _line(message: Message, user: User, now: datetime, parties: Parties) -> Line:
    mine = message.author_id == user.pk
    leaves = message.at + SECOND_THOUGHT
    waits = mine and message.visibility == Visibility.CUSTOMER and message.withdrawn_at is None
    return Line(
        message, mine, not editable(message, by=user), leaves if waits and now < leaves else None,
        parties.family.get(message.thread.subject_id, ""),
    )  # fmt: skip


def _beside(lines: list[Line], user: User) -> None:
    """Signs and files, each in one query for all lines."""
    by_key = {line.message.pk: line for line in lines}
    counted: dict[int, dict[str, list[int]]] = {}
    for row in Reaction.objects.filter(message__in=by_key).order_by("pk"):
        counted.setdefault(row.message_id, {}).setdefault(row.sign, []).append(row.user_id)
    for key, signs in counted.items():
        by_key[key].reactions = [
            (sign, Reaction.Sign(sign).label, len(who), user.pk in who)
            for sign, who in signs.items()
        ]
    files = Attachment.objects.filter(message__in=by_key, removed_at=None).order_by("at", "pk")
    for file in files:
        if file.message_id is not None:
            by_key[file.message_id].files.append(file)
    _mails(by_key)


def _mails(by_key: dict[int, Line]) -> None:
    """Papers that went along, and what did not arrive; for messages that left the house only."""
    left = [key for key, line in by_key.items() if line.message.visibility == Visibility.CUSTOMER]
    papers = DeliveryFile.objects.filter(delivery__written__in=left).exclude(drawn_by="")
    for key, name in papers.order_by("pk").values_list("delivery__written", "name"):
        if name not in by_key[key].papers:
            by_key[key].papers.append(name)
    bad = Q(status__in=[Delivery.Status.FAILED, Delivery.Status.UNKNOWN]) | ~Q(bounce="")
    rows = Delivery.objects.filter(bad, written__in=left).order_by("pk")
    for pk, key, name, status, bounce in rows.values_list(
        "pk", "written_id", "recipient_name", "status", "bounce"
    ):
        word = Delivery.Bounce(bounce).label if bounce else Delivery.Status(status).label
        by_key[key or 0].trouble.append(Trouble(pk, f"{name}: {word[0].lower()}{word[1:]}"))
