"""What the rules of promises, as they are now, would have meant for requests that came lately."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from desk.models import CustodySpan, SalesRequest, SlaPolicy, SlaRule
from people import calendars
from people.models import Party

MOST: Final = 2_000
PAUSES: Final = (Party.REP, Party.CUSTOMER)


@dataclass
class Line:
    """One promise, and how the requests that it would have held for did against it."""

    policy: SlaPolicy
    why: str
    count: int = 0
    answered: int = 0
    done: int = 0

    @property
    def answered_share(self) -> float | None:
        return self.answered / self.count if self.count else None

    @property
    def done_share(self) -> float | None:
        return self.done / self.count if self.count else None


def preview(since: datetime, until: datetime) -> list[Line]:
    """Resolved requests of the time by the promise that would hold for each, and the shares that
    would have been kept; the newest 2,000 are looked at. Work in other hands' custody counts, time
    with the rep or the customer does not, as for the promise itself."""
    rows = SalesRequest.objects.filter(
        submitted_at__gte=since, submitted_at__lt=until, outcome="resolved"
    ).select_related("type__policy", "team__calendar", "account")
    found = list(rows.order_by("-submitted_at", "-pk")[:MOST])
    rules = list(
        SlaRule.objects.filter(is_active=True)
        .select_related("policy", "type", "team")
        .order_by("position", "pk")
    )
    used = _used([row.pk for row in found])
    lines: dict[tuple[int, str], Line] = {}
    for row in found:
        rule = next((rule for rule in rules if _fits(rule, row)), None)
        policy = rule.policy if rule else row.type.policy
        why = _words(rule) if rule else f"Type {row.type}"
        line = lines.setdefault((policy.pk, why), Line(policy, why))
        share = 2 if row.priority == 1 else 1
        line.count += 1
        line.done += used.get(row.pk, 0) <= policy.resolution_seconds // share
        line.answered += _answer_seconds(row) <= policy.response_seconds // share
    return sorted(lines.values(), key=lambda line: (-line.count, line.why))


def _fits(rule: SlaRule, row: SalesRequest) -> bool:
    tier = row.account.tier if row.account else ""
    return (
        rule.type_id in (None, row.type_id) and rule.priority in (None, row.priority)
        and rule.tier in ("", tier) and rule.team_id in (None, row.team_id)
    )  # fmt: skip


def _words(rule: SlaRule) -> str:
    parts = [str(rule.type) if rule.type else "", rule.get_tier_display() if rule.tier else "",
             str(rule.team) if rule.team else "", f"priority {rule.priority}" if rule.priority else ""]  # fmt: skip
    return f"Rule {rule.position}: {', '.join(part for part in parts if part) or 'everything'}"


def _used(keys: list[int]) -> dict[int, int]:
    """Business seconds that the promise ran, by request."""
    used: dict[int, int] = {}
    spans = CustodySpan.objects.filter(Q(request__in=keys), ended_at__isnull=False).exclude(
        party__in=PAUSES
    )
    for key, seconds in spans.values_list("request_id", "business_seconds"):
        used[key] = used.get(key, 0) + (seconds or 0)
    return used


def _answer_seconds(row: SalesRequest) -> int:
    if row.first_response_at is None:
        return 1 << 40
    time = calendars.for_team(row.team)
    return time.seconds_between(row.submitted_at, row.first_response_at)
