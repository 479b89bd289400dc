"""Rules: made, changed, switched on and off, copied, and those that come with the portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from followups import texts
from followups.conditions import EVENT, OPS, Condition
from followups.kinds import Kind, UnknownKind, kind, label_of
from followups.models import Rule, Step
from followups.services.deciding import Unsound
from followups.shipped import SHIPPED
from followups.stops import STOPS
from journal import services as journal
from people.models import User

MOST_STEPS = 10
LONGEST = 400  # minutes, hours or days
STEP_FIELDS = ("anchor", "amount", "unit", "clock", "channel", "needs_approval", "subject", "body")


@dataclass(frozen=True)
class Wording:
    """A rule as somebody wrote it; `steps` hold the fields of Step without rule and position."""

    name: str
    kind: str
    actions: Sequence[str]
    reader: str
    steps: Sequence[Mapping[str, Any]]
    about: str = ""
    conditions: Sequence[Condition] = field(default_factory=list)
    stops: Sequence[str] = ()
    most: int | None = None
    restarts: bool = True
    may_leave: bool = False


def check(said: Wording) -> None:
    """Refuse a rule that could not work.

    :raises Unsound: with words that name what is wrong.
    """
    try:
        about = kind(said.kind)
    except UnknownKind as unknown:
        raise Unsound("Choose what the rule is about.") from unknown
    if not said.actions or any(label_of(action) != about.label for action in said.actions):
        raise Unsound(f"Choose what happens to the {about.name.lower()} first.")
    if said.reader not in about.readers:
        raise Unsound("Choose who hears it.")
    _check_reasons(said, about)
    if not 1 <= len(said.steps) <= MOST_STEPS:
        raise Unsound(f"A rule has one to {MOST_STEPS} steps.")
    for number, step in enumerate(said.steps, 1):
        _check_step(number, step, said)


def _check_reasons(said: Wording, about: Kind) -> None:
    for one in said.conditions:
        known = one["field"] in about.fields or one["field"].startswith(EVENT)
        if not known or one["op"] not in OPS:
            raise Unsound(f"“{one['field']}” is no field of a {about.name.lower()}.")
    if unknown := set(said.stops) - set(STOPS):
        raise Unsound(f"Nobody knows the reason to stop “{min(unknown)}”.")


def _check_step(number: int, step: Mapping[str, Any], said: Wording) -> None:
    about, where = kind(said.kind), f"Step {number}: "
    if step["anchor"] and step["anchor"] not in about.moments:
        raise Unsound(f"{where}choose a moment of the {about.name.lower()}.")
    if step["amount"] < 0 and not step["anchor"]:
        raise Unsound(f"{where}before it happened, nobody knows that it will.")
    if abs(step["amount"]) > LONGEST:
        raise Unsound(f"{where}that is too far away: {LONGEST} at the most.")
    if step["channel"] == Step.Channel.NOTICE and about.readers[said.reader].outside:
        raise Unsound(f"{where}customers have no inbox here. Choose e-mail.")
    if not step["subject"].strip() or not step["body"].strip():
        raise Unsound(f"{where}write a subject and a text.")
    try:
        texts.check(step["subject"], about)
        texts.check(step["body"], about)
    except texts.BadText as wrong:
        raise Unsound(f"{where}{wrong}") from wrong


@transaction.atomic
def save(
    rule: Rule | None, said: Wording, *, by: User | None, at: datetime, code: str = "",
    shipped: bool = False, on: bool | None = None,
) -> Rule:  # fmt: skip
    """Make a rule, or a new version of one. What is scheduled already follows the new wording;
    steps that are gone stop.

    :raises Unsound: for a rule that could not work.
    """
    check(said)
    if rule is None:
        rule = Rule(code=code or _free_code(said.name), shipped=shipped, changed_at=at)
    else:
        rule.refresh_from_db(from_queryset=Rule.objects.select_for_update(of=("self",)))
        rule.version += 1
    for name in ("name", "about", "kind", "reader", "most", "restarts", "may_leave"):
        setattr(rule, name, getattr(said, name))
    rule.actions, rule.conditions, rule.stops = (
        list(said.actions),
        list(said.conditions),
        list(said.stops),
    )
    rule.changed_at, rule.changed_by = at, by
    rule.is_active = rule.is_active if on is None else on
    rule.save()
    rule.steps.all().delete()
    Step.objects.bulk_create(
        Step(rule=rule, position=position, **{name: step[name] for name in STEP_FIELDS})
        for position, step in enumerate(said.steps, 1)
    )
    journal.record(
        "followups.rule.saved", rule, by=by, at=at,
        data={"version": rule.version, "actions": rule.actions, "steps": len(said.steps)},
    )  # fmt: skip
    return rule


def _free_code(name: str) -> str:
    base = slugify(name).replace("-", "_")[:34] or "rule"
    taken = set(Rule.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code for n in range(1, 10_000) if (code := base if n == 1 else f"{base}_{n}") not in taken
    )


def unsaved(said: Wording) -> tuple[Rule, list[Step]]:
    """The rule and its steps as rows that nobody saved, for trying."""
    rule = Rule(
        code="", name=said.name, kind=said.kind, actions=list(said.actions), reader=said.reader,
        conditions=list(said.conditions), stops=list(said.stops), most=said.most, restarts=said.restarts,
    )  # fmt: skip
    steps = [
        Step(rule=rule, position=n, **{name: step[name] for name in STEP_FIELDS})
        for n, step in enumerate(said.steps, 1)
    ]
    return rule, steps


@transaction.atomic
def switch(rule: Rule, *, on: bool, by: User, at: datetime) -> None:
    """On: what happens from now on is followed. Off: what is scheduled stops when it is due, or
    goes on if the rule does. Twice changes nothing."""
    rule.refresh_from_db(from_queryset=Rule.objects.select_for_update(of=("self",)))
    if rule.is_active == on:
        return
    rule.is_active = on
    rule.save(update_fields=["is_active"])
    journal.record(f"followups.rule.{'switched_on' if on else 'switched_off'}", rule, by=by, at=at)


@transaction.atomic
def remove(rule: Rule, *, by: User, at: datetime) -> None:
    """Take a rule away; what it sent stays, what it scheduled stops.

    :raises Unsound: for one that came with the portal: it can be switched off.
    """
    if rule.shipped:
        raise Unsound("This rule came with the portal. Switch it off instead.")
    journal.record("followups.rule.removed", rule, by=by, at=at, data={"code": rule.code})
    rule.delete()


@transaction.atomic
def ship(*, at: datetime) -> int:
    """Bring the rules that come with the portal and are not there yet; returns how many."""
    known = set(Rule.objects.values_list("code", flat=True))
    for one in SHIPPED:
        if one.code not in known:
            save(None, one.wording(), by=None, at=at, code=one.code, shipped=True, on=one.on)
    return sum(one.code not in known for one in SHIPPED)
