"""Whether follow-ups still make sense, for many at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from comms.models import Suppression
from followups import stops
from followups.conditions import broken
from followups.models import FollowUp, Limits, Rule
from followups.planning import Plan, load

RELATED = ("contact__account__owner", "user__team__calendar", "user__department__calendar", "owner__team__calendar",
           "owner__department__calendar")  # fmt: skip


@dataclass(frozen=True)
class Around:
    """What a batch needs, read once. `stopped` says what happened since each was scheduled."""

    plans: dict[str, Plan]
    subjects: dict[tuple[str, int], Any]
    suppressed: set[str]
    stopped: dict[int, str]
    limits: Limits

    def why_not(self, row: FollowUp) -> str:
        """Why it must not go out any more, or nothing."""
        plan = self.plans.get(row.rule)
        if plan is None or not any(step.position == row.step for step in plan.steps):
            return "This rule no longer has this step."
        if not plan.rule.is_active:
            return "The rule was switched off."
        subject = self.subjects.get((row.subject_type, row.subject_id))
        if subject is None:
            return "What it was about is no longer there."
        return (
            _over(plan, subject, row) or self._unreachable(row)
            or self.stopped.get(row.pk, "") or _enough(row, plan.rule)
        )  # fmt: skip

    def _unreachable(self, row: FollowUp) -> str:
        name = row.recipient_name or row.recipient
        if row.user is not None and not row.user.is_active:
            return f"{name} no longer works here."
        if row.contact is not None and row.contact.no_mail:
            return f"{name} asked not to be mailed."
        if row.channel == "mail" and row.recipient.lower() in self.suppressed:
            return f"No mail goes to {row.recipient}: it came back, or was not wanted."
        return ""


def look_around(rows: Sequence[FollowUp], *, until: datetime) -> Around:
    """Read what these rows need; what stops them is looked for up to `until`."""
    prefetch_related_objects(list(rows), *RELATED)
    rules = Rule.objects.filter(code__in={row.rule for row in rows}).prefetch_related("steps")
    plans = {rule.code: Plan.of(rule) for rule in rules}
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.subject_type].add(row.subject_id)
    addresses = {row.recipient.lower() for row in rows}
    asked = [(row, plans[row.rule].rule.stops, until) for row in rows if row.rule in plans]
    return Around(
        plans=plans, subjects=load(keys), limits=Limits.objects.filter(pk=1).first() or Limits(),
        suppressed=set(Suppression.objects.standing().by_address(addresses)),
        stopped={asked[n][0].pk: why for n, why in stops.find(asked).items()},
    )  # fmt: skip


def _over(plan: Plan, subject: Any, row: FollowUp) -> str:
    if over := plan.kind.over(subject):
        return over
    if no_longer := broken(plan.rule.conditions, plan.kind, subject):
        return f"No longer so: {no_longer}."
    readers = plan.kind.readers.get(plan.rule.reader)
    now = readers.find(subject) if readers is not None else []
    if row.recipient.lower() in {reader.email.lower() for reader in now}:
        return ""
    return (readers.gone if readers else "{} is told no more.").format(
        row.recipient_name or row.recipient
    )


def _enough(row: FollowUp, rule: Rule) -> str:
    if rule.most is None:
        return ""
    sent = FollowUp.objects.filter(
        rule=row.rule, subject_type=row.subject_type, subject_id=row.subject_id,
        recipient=row.recipient, status=FollowUp.Status.SENT,
    ).count()  # fmt: skip
    return f"{rule.most} of this rule went out: that is the most." if sent >= rule.most else ""
