"""Rules with what came of them lately."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db.models import Count, Q

from followups import words
from followups.kinds import Kind, UnknownKind, kind
from followups.models import FollowUp, Pause, Rule, Step
from followups.queries.lists import Paused
from journal.models import Entry

LATELY: Final = timedelta(days=30)
RECENT, THINGS = 200, 20
Status = FollowUp.Status


@dataclass(frozen=True)
class Line:
    """A rule as the list shows it; counts are of the last 30 days, and of what waits now."""

    rule: Rule
    when: str
    steps: str
    to: str
    sent: int
    stopped: int
    waiting: int
    paused: Pause | None


@dataclass(frozen=True)
class Thing:
    """What a preview is tried on, with the event that it is counted from."""

    pk: int
    name: str
    event: Entry | None


def stats(*, at: datetime, rule: str = "") -> dict[str, dict[str, int]]:
    """{rule: {status: how many}} of the last 30 days and of what waits, in one query."""
    rows = FollowUp.objects.filter(
        Q(status__in=[Status.SENT, Status.STOPPED], settled_at__gte=at - LATELY)
        | Q(status__in=[Status.SCHEDULED, Status.DRAFT])
    )
    if rule:
        rows = rows.filter(rule=rule)
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counted = rows.order_by().values_list("rule", "status").annotate(number=Count("pk"))
    for code, status, number in counted:
        found[code][status] = number
    return found


def lines(*, at: datetime, paused: Paused) -> list[tuple[str, list[Line]]]:
    """[(kind, its rules)], the portal's own kinds in their order: three queries."""
    counted = stats(at=at)
    groups: dict[str, list[Line]] = defaultdict(list)
    for rule in Rule.objects.prefetch_related("steps").order_by("kind", "name", "pk"):
        about = kind_of(rule)
        groups[about.name if about else rule.kind].append(_line(rule, about, counted, paused))
    return sorted(groups.items())


def kind_of(rule: Rule) -> Kind | None:
    """None for a rule about what the portal no longer knows."""
    try:
        return kind(rule.kind)
    except UnknownKind:
        return None


def _line(
    rule: Rule, about: Kind | None, counted: Mapping[str, Mapping[str, int]], paused: Paused
) -> Line:
    own: Mapping[str, int] = counted.get(rule.code, {})
    steps = steps_of(rule)
    return Line(
        rule, words.when(rule), words.steps_in_words(steps, about) if about else "",
        words.to_whom(rule, about) if about else "", own.get(Status.SENT, 0), own.get(Status.STOPPED, 0),
        own.get(Status.SCHEDULED, 0) + own.get(Status.DRAFT, 0), paused.rules.get(rule.code),
    )  # fmt: skip


def steps_of(rule: Rule) -> list[Step]:
    return sorted(rule.steps.all(), key=lambda step: step.position)


def history(rule: Rule) -> list[Entry]:
    """Who saved, switched or paused it, newest first."""
    return list(Entry.objects.about(rule).newest_first()[:30])


def things(about: Kind, actions: Sequence[str]) -> list[Thing]:
    """The last twenty things of a kind, those first to which the rule's event happened last."""
    model: Any = apps.get_model(about.label)
    keys = list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:THINGS])
    loaded = about.load(set(keys))
    events = last_events(about.label, keys, actions)
    rows = [Thing(pk, str(loaded[pk])[:90], events.get(pk)) for pk in keys if pk in loaded]
    return sorted(rows, key=lambda row: row.event is None)


def last_events(label: str, keys: list[int], actions: Sequence[str]) -> dict[int, Entry]:
    """{thing: the last of these events that happened to it}."""
    rows = Entry.objects.filter(subject_type=label, subject_id__in=keys, action__in=actions)
    return {entry.subject_id: entry for entry in rows.order_by("at", "pk")[:RECENT]}


def event_keys(found: list[Thing]) -> list[str]:
    """What the journal says of such events, by name."""
    said = {key for one in found if one.event is not None for key in one.event.data}
    return sorted(key for key in said if key.isidentifier())[:40]


def thing_by_number(label: str, text: str) -> int | None:
    """The key of a thing by its number (Q-20412, R-17) or its key; None if there is none."""
    model: Any = apps.get_model(label)
    names = {field.name for field in model._meta.concrete_fields}
    rows = model._default_manager.order_by("pk")
    if "number" in names and model._meta.get_field("number").get_internal_type() == "CharField":
        found = rows.filter(number__iexact=text).values_list("pk", flat=True).first()
        if found is not None:
            return int(found)
    digits = text.rpartition("-")[2].strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 18:  # noqa: PLR2004 - bigint
        return None
    found = rows.filter(pk=int(digits)).values_list("pk", flat=True).first()
    return None if found is None else int(found)
