"""Who is named, asked or answered hears of it: by following the journal, exactly once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from comms.models import Message, Turn, Visibility
from comms.pages import subject_page
from comms.queries import reads_internal, subject_of
from comms.waiting import waited
from journal import services as journal
from journal.models import Entry
from notices.models import Notice
from notices.services.telling import tell
from people.models import User

FOLLOWER: Final = "notices"
NAMED: Final = {"comms.message.posted", "comms.message.edited"}
WORKING_DAY: Final = 8 * 3600
AT_LEAST: Final = timedelta(hours=8)
MOST: Final = 500


def follow(batch: int = 500) -> int:
    return journal.follow(FOLLOWER, handle, batch=batch)


def handle(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.action in NAMED and "mentions" in entry.data:
            _named(entry)
        elif entry.action == "comms.turn.opened":
            _asked(entry)
        elif entry.action == "comms.turn.closed" and entry.data.get("how") == "answered":
            _answered(entry)


def _named(entry: Entry) -> None:
    message = Message.objects.select_related("thread").filter(pk=entry.subject_id).first()
    if message is None:
        return
    said = entry.data["mentions"]
    users = list(User.objects.active().filter(pk__in=said["users"]))
    users += list(User.objects.active().filter(department__in=said["departments"]))
    words = f"{message.author_name} named you"
    for user in _readers(message, users, but=entry.actor_id):
        _tell(user, "mentioned", words, message, key=f"mention:{message.pk}:{user.pk}", at=entry.at)


def _asked(entry: Entry) -> None:
    turn = _turn(entry.subject_id)
    if turn is None or turn.to_desk:
        return
    users = [turn.asked_user] if turn.asked_user is not None else []
    if turn.asked_department_id is not None:
        users = list(User.objects.active().filter(department=turn.asked_department_id))
    words = f"{turn.asked_by} needs an answer from you"
    for user in _readers(turn.question, users, but=turn.asked_by_id):
        _tell(user, "turn", words, turn.question, key=f"turn:{turn.pk}:{user.pk}", at=entry.at)


def _answered(entry: Entry) -> None:
    turn = _turn(entry.subject_id)
    if turn is None or turn.answer is None or not turn.asked_by.is_active:
        return
    words = f"{turn.answer.author_name} answered you"
    for user in _readers(turn.answer, [turn.asked_by], but=turn.answer.author_id):
        _tell(user, "answered", words, turn.answer, key=f"answer:{turn.pk}:{user.pk}", at=entry.at)


def _turn(pk: int) -> Turn | None:
    related = ("thread", "question__thread", "asked_by", "asked_user", "answer__thread")
    return Turn.objects.select_related(*related).filter(pk=pk).first()


def _readers(message: Message, users: Iterable[User], *, but: int | None) -> list[User]:
    """Those who may read the message: a notice must not tell what its page would not."""
    thread = message.thread
    return [
        user for user in {user.pk: user for user in users}.values()
        if user.pk != but and user.is_active
        and (message.visibility != Visibility.INTERNAL or reads_internal(user))
        and subject_of(user, thread.subject_type, thread.subject_id) is not None
    ]  # fmt: skip


def _tell(
    user: User, kind: str, words: str, message: Message, *, key: str, at: datetime
) -> None:  # fmt: skip
    link = subject_page(message.thread.subject_type, message.thread.subject_id)
    subject = subject_of(user, message.thread.subject_type, message.thread.subject_id)
    quoted = "\n".join(f"> {line}" for line in message.body[:1500].split("\n"))
    tell(
        user,
        kind=kind,
        key=key,
        subject=f"{words}: {subject}",
        body=quoted,
        at=at,
        about=subject,
        link=link,
    )


def remind(*, at: datetime) -> int:
    """A question that waited a working day of the asked side is told once more; returns how many."""
    rows = Turn.objects.filter(
        closed_at=None, asked_user__is_active=True, opened_at__lt=at - AT_LEAST
    )
    known = Notice.objects.filter(key__startswith="turn-waits:").values_list("key", flat=True)
    done = set(known.filter(at__gt=at - timedelta(days=90)))
    found = rows.select_related("question__thread", "asked_by", "asked_user__team__calendar",
                                "asked_user__department__calendar", "asked_department__calendar")  # fmt: skip
    told = 0
    for turn in found.order_by("opened_at", "pk")[:MOST]:
        key, user = f"turn-waits:{turn.pk}", turn.asked_user
        if user is None or key in done or waited(turn, at) < WORKING_DAY:
            continue
        for reader in _readers(turn.question, [user], but=None):
            words = f"{turn.asked_by} still waits for your answer"
            _tell(reader, "turn_reminder", words, turn.question, key=key, at=at)
            told += 1
    return told
