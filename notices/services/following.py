"""Who is named, asked or answered hears of it: by following the journal, exactly once."""

from collections.abc import Sequence
from typing import Final

from comms.models import Message, Turn
from comms.pages import subject_page
from comms.queries import subject_of
from journal import services as journal
from journal.models import Cursor, Entry
from notices.services import reminding
from notices.services.escalating import settle
from notices.services.quoting import readers, tell_of
from notices.services.telling import tell
from people.models import User

FOLLOWER: Final = "notices"
NAMED: Final = {"comms.message.posted", "comms.message.edited"}
ANSWERED: Final = {
    "desk.handoff.accepted", "desk.handoff.rejected", "desk.handoff.done", "desk.handoff.withdrawn",
}  # fmt: skip


def follow(batch: int = 500) -> int:
    """Tell of the next entries; what happened before anybody followed is nothing to tell."""
    if not Cursor.objects.filter(name=FOLLOWER).exists():
        journal.skip_to_end(FOLLOWER)
    return journal.follow(FOLLOWER, handle, batch=batch)


def handle(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.action in NAMED and "mentions" in entry.data:
            _named(entry)
        elif entry.action.startswith("comms.turn."):
            _turned(entry)
        elif entry.action == "desk.handoff.asked":
            _handed_off(entry)
        elif entry.action in ANSWERED:
            settle(entry.subject_type, entry.subject_id, kinds=["handoff"], at=entry.at)
        elif entry.action.startswith("notices.setting."):
            reminding.look_again(at=entry.at)


def _named(entry: Entry) -> None:
    message = Message.objects.select_related("thread").filter(pk=entry.subject_id).first()
    if message is None:
        return
    said = entry.data["mentions"]
    users = list(User.objects.active().filter(pk__in=said["users"]))
    users += list(User.objects.active().filter(department__in=said["departments"]))
    words = f"{message.author_name} named you"
    for user in readers(message, users, but=entry.actor_id):
        tell_of(
            message, user, "mentioned", words, key=f"mention:{message.pk}:{user.pk}", at=entry.at
        )


def _turned(entry: Entry) -> None:
    turn = _turn(entry.subject_id)
    if turn is None:
        return
    if entry.action == "comms.turn.opened":
        _asked(turn, entry)
    elif entry.action == "comms.turn.closed":
        reminding.forget(turn.pk)
        thread = turn.thread
        settle(thread.subject_type, thread.subject_id, turn_id=turn.pk, at=entry.at)
        if entry.data.get("how") == "answered":
            _answered(turn, entry)


def _asked(turn: Turn, entry: Entry) -> None:
    if turn.to_desk:
        return
    users = [turn.asked_user] if turn.asked_user is not None else []
    if turn.asked_department_id is not None:
        users = list(User.objects.active().filter(department=turn.asked_department_id))
    words = f"{turn.asked_by} needs an answer from you"
    found = readers(turn.question, users, but=turn.asked_by_id)
    for user in found:
        tell_of(
            turn.question, user, "turn", words, key=f"turn:{turn.pk}:{user.pk}", at=entry.at,
            turn_id=turn.pk, besides={turn.asked_by_id, *(reader.pk for reader in found)},
        )  # fmt: skip


def _answered(turn: Turn, entry: Entry) -> None:
    if turn.answer is None or not turn.asked_by.is_active:
        return
    words = f"{turn.answer.author_name} answered you"
    for user in readers(turn.answer, [turn.asked_by], but=turn.answer.author_id):
        tell_of(
            turn.answer, user, "answered", words, key=f"answer:{turn.pk}:{user.pk}", at=entry.at
        )


def _turn(pk: int) -> Turn | None:
    related = ("thread", "question__thread", "asked_by", "asked_user", "answer__thread")
    return Turn.objects.select_related(*related).filter(pk=pk).first()


def _handed_off(entry: Entry) -> None:
    """The department's own people; its address has a mail of its own."""
    members = User.objects.active().filter(department__slug=entry.data.get("department", ""))
    found = [
        (user, subject) for user in members.order_by("pk")
        if (subject := subject_of(user, entry.subject_type, entry.subject_id)) is not None
    ]  # fmt: skip
    for user, subject in found:
        tell(
            user, kind="handoff", key=f"handoff:{entry.subject_id}:{user.pk}", at=entry.at,
            subject=f"{entry.actor_name} asks your department: {subject}", body="", about=subject,
            link=subject_page(entry.subject_type, entry.subject_id),
            besides={other.pk for other, _ in found},
        )  # fmt: skip
