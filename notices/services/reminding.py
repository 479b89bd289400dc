"""Questions that wait: told again by rule, then told to who asked and to the managers."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from comms.models import Turn
from comms.waiting import waited
from notices.covers import managers_of
from notices.models import ReminderRule, TurnWatch
from notices.services.escalating import HOUR, next_look
from notices.services.quoting import readers, tell_of
from people import calendars
from people.models import Role, User

MOST: Final = 500  # looked at, and taken up, in one wake-up
LOOKS_BACK: Final = timedelta(days=14)  # older ones are on the page of what waits
RELATED: Final = (
    "question__thread", "asked_by", "asked_user__team__calendar",
    "asked_user__department__calendar", "asked_department__calendar",
)  # fmt: skip


def remind(*, at: datetime) -> int:
    """Tell again of questions that waited as long as the rules say; returns how many questions.

    The cost follows the questions whose moment has come, not those that are open.
    """
    _take_up(at)
    rules = {rule.asked: rule for rule in ReminderRule.objects.filter(is_active=True)}
    due = TurnWatch.objects.filter(look_at__lte=at).order_by("look_at", "pk")
    return sum(_look(pk, rules, at) for pk in list(due.values_list("pk", flat=True)[:MOST]))


def _take_up(at: datetime) -> None:
    """Begin to watch open questions that nobody watches."""
    watched = TurnWatch.objects.filter(turn=OuterRef("pk"))
    rows = Turn.objects.filter(~Exists(watched), closed_at=None, opened_at__gt=at - LOOKS_BACK)
    fresh = rows.order_by("opened_at", "pk").values_list("pk", flat=True)[:MOST]
    TurnWatch.objects.bulk_create(
        [TurnWatch(turn_id=pk, look_at=at) for pk in fresh], ignore_conflicts=True
    )


@transaction.atomic
def _look(pk: int, rules: dict[str, ReminderRule], at: datetime) -> int:
    locked = TurnWatch.objects.select_for_update(skip_locked=True)
    watch = locked.filter(pk=pk, look_at__lte=at).first()
    if watch is None:
        return 0
    turn = Turn.objects.select_related(*RELATED).get(pk=pk)
    if turn.closed_at is not None:
        watch.delete()
        return 0
    rule = _rule(turn, rules)
    told = 0
    if rule is None:
        watch.look_at = None
    else:
        told = _step(watch, turn, rule, at)
    watch.save()
    return told


def _rule(turn: Turn, rules: dict[str, ReminderRule]) -> ReminderRule | None:
    """What is asked of the desk as a whole has no rule: its queue shows what waits."""
    if turn.asked_department_id is not None:
        return rules.get(ReminderRule.Asked.DEPARTMENT)
    return rules.get(ReminderRule.Asked.PERSON) if turn.asked_user_id is not None else None


def _step(watch: TurnWatch, turn: Turn, rule: ReminderRule, at: datetime) -> int:
    """Tell whom it is time to tell, and say when to look next; 1 if somebody was told."""
    gone, told = waited(turn, at), 0
    passed = _passed(rule, gone)
    if passed > watch.reminded:
        watch.reminded = passed  # after a long sleep once, not once for each that was missed
        told += _remind(turn, passed, at)
    if _is_time(rule.asker_after_hours, gone) and watch.asker_told_at is None:
        watch.asker_told_at = at
        told += _tell_asker(turn, at)
    if _is_time(rule.manager_after_hours, gone) and watch.manager_told_at is None:
        watch.manager_told_at = at
        told += _tell_managers(turn, at)
    watch.look_at = _next(watch, turn, rule, at)
    return min(told, 1)


def _passed(rule: ReminderRule, gone: float) -> int:
    """How many reminders would have been due by now."""
    over = gone - rule.after_hours * HOUR
    if over < 0:
        return 0
    return min(1 + int(over // (rule.every_hours * HOUR)) if rule.every_hours else 1, rule.most)


def _is_time(hours: int | None, gone: float) -> bool:
    return hours is not None and gone >= hours * HOUR


def _next(watch: TurnWatch, turn: Turn, rule: ReminderRule, at: datetime) -> datetime | None:
    ahead = []
    if watch.reminded == 0:
        ahead.append(rule.after_hours)
    elif rule.every_hours and watch.reminded < rule.most:
        ahead.append(rule.after_hours + watch.reminded * rule.every_hours)
    if rule.asker_after_hours and watch.asker_told_at is None:
        ahead.append(rule.asker_after_hours)
    if rule.manager_after_hours and watch.manager_told_at is None:
        ahead.append(rule.manager_after_hours)
    if not ahead:
        return None
    if turn.asked_department is not None:
        time = calendars.for_department(turn.asked_department)
        return next_look(time, turn.opened_at, min(ahead) * HOUR, at)
    time_of = calendars.for_user(turn.asked_user) if turn.asked_user is not None else None
    return next_look(time_of, turn.opened_at, min(ahead) * HOUR, at)


def _asked(turn: Turn) -> list[User]:
    if turn.asked_department_id is not None:
        return list(User.objects.active().filter(department=turn.asked_department_id))
    return [turn.asked_user] if turn.asked_user is not None else []


def _remind(turn: Turn, number: int, at: datetime) -> int:
    words, found = (
        f"{turn.asked_by} still waits for your answer",
        readers(turn.question, _asked(turn)),
    )
    for user in found:
        tell_of(
            turn.question, user, "turn_reminder", words, at=at, turn_id=turn.pk,
            key=f"turn-waits:{turn.pk}:{number}:{user.pk}",
            besides={reader.pk for reader in found},
        )  # fmt: skip
    return len(found)


def _tell_asker(turn: Turn, at: datetime) -> int:
    words = f"{turn.asked_department or turn.asked_user} has not answered you yet"
    for user in readers(turn.question, [turn.asked_by]):
        tell_of(turn.question, user, "asked_waits", words, key=f"turn-asker:{turn.pk}", at=at)
        return 1
    return 0


def _tell_managers(turn: Turn, at: datetime) -> int:
    """Those of the person's team; for a department, those of the house."""
    managers = User.objects.active().in_role(Role.MANAGER).order_by("pk")
    people = managers_of(turn.asked_user) if turn.asked_user is not None else list(managers[:20])
    words = f"{turn.asked_department or turn.asked_user} has not answered {turn.asked_by}"
    found = readers(turn.question, people, but=turn.asked_by_id)
    for user in found:
        tell_of(
            turn.question, user, "team_waits", words, key=f"turn-manager:{turn.pk}:{user.pk}", at=at
        )
    return len(found)


def look_again(*, at: datetime) -> None:
    """The rules have changed: look at every open question."""
    TurnWatch.objects.update(look_at=at)


def forget(turn_id: int) -> None:
    """The question is closed."""
    TurnWatch.objects.filter(turn=turn_id).delete()
