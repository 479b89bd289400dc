"""The worklist: every order that cannot go on, by what stops it.

Derived from the rows themselves, so that nothing has to be kept in step; only who takes care of an
exception and until when it may sleep is written down (orders.Care).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from orders.models import IssueKind

SHOWN: Final = 200
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "hold": ("On hold", "player-pause"),
    "release": ("Waits for approval", "rubber-stamp"),
    "backorder": ("Backordered", "package-off"),
    "late": ("Promise broken", "clock-pause"),
    "rejected": ("Sent back by logistics", "arrow-back-up"),
    **{str(kind.value): (str(kind.label), "alert-triangle") for kind in IssueKind},
}
# Each part starts from a partial index over what is open, never from all orders.
EXCEPTIONS: Final = """
SELECT o.id, i.kind, min(i.found_at) AS since, NULL::date AS expected,
    string_agg(i.message, ' ' ORDER BY i.id) AS words, min(i.id) AS issue
FROM orders_orderissue i JOIN orders_order o ON o.id = i.order_id
WHERE i.state = 'open' AND i.blocks AND i.kind <> 'approval' AND o.status IN ('draft', 'checked')
GROUP BY o.id, i.kind
UNION ALL
SELECT o.id, 'hold', coalesce(o.held_at, o.placed_at), o.held_until, o.hold_reason, NULL
FROM orders_order o
WHERE o.hold_reason <> '' AND o.status NOT IN ('delivered', 'closed', 'cancelled')
UNION ALL
SELECT coalesce(a.order_id, m.order_id), 'release', a.asked_at, NULL,
    'Asked ' || coalesce(u.name, 'whoever may approve') || '.', NULL
FROM orders_approval a LEFT JOIN orders_amendment m ON m.id = a.amendment_id
LEFT JOIN people_user u ON u.id = a.approver_id
WHERE a.status = 'waiting' AND a.revision_id IS NULL
UNION ALL
SELECT o.id, 'approval', min(i.found_at), NULL, min(i.message), min(i.id)
FROM orders_orderissue i JOIN orders_order o ON o.id = i.order_id
WHERE i.state = 'open' AND i.blocks AND i.kind = 'approval' AND o.status IN ('draft', 'checked')
  AND NOT EXISTS (SELECT FROM orders_approval a
                  WHERE a.order_id = o.id AND a.status = 'waiting')
GROUP BY o.id
UNION ALL
SELECT o.id, 'backorder', o.confirmed_at, max(l.expected_on),
    string_agg(trim_scale(l.quantity - l.reserved - l.shipped) || ' of ' || p.sku, ', '
               ORDER BY l.position) || ' to come', NULL
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
JOIN orders_product p ON p.id = l.product_id
WHERE o.status IN ('confirmed', 'handed_off') AND o.source <> 'import'
  AND l.reserved < l.quantity - l.shipped
GROUP BY o.id
UNION ALL
SELECT o.id, 'late', o.promised_on::timestamptz, NULL, 'Promised for then, not shipped', NULL
FROM orders_order o
WHERE o.status IN ('confirmed', 'handed_off') AND o.source <> 'import' AND o.promised_on < %(today)s
UNION ALL
SELECT o.id, 'rejected', o.handed_off_at, NULL, 'Ask again, or put right what was wrong', NULL
FROM orders_order o
WHERE o.status = 'confirmed' AND o.source <> 'import' AND o.handed_off_at IS NOT NULL
"""
LISTED: Final = f"""
SELECT x.id, x.kind, x.since, x.expected, left(x.words, 400), x.issue, o.number, o.status,
    o.currency, o.net, a.name, coalesce(c.owner_id, o.coordinator_id),
    coalesce(w.name, k.name), c.snoozed_until, coalesce(c.note, '')
FROM ({EXCEPTIONS}) x
JOIN orders_order o ON o.id = x.id JOIN crm_account a ON a.id = o.account_id
LEFT JOIN orders_care c ON c.order_id = x.id AND c.kind = x.kind
LEFT JOIN people_user w ON w.id = c.owner_id LEFT JOIN people_user k ON k.id = o.coordinator_id
ORDER BY x.since, x.id, x.kind
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class Stuck:
    """One order that cannot go on, for one reason."""

    order_id: int
    kind: str
    since: datetime
    expected_on: date | None
    words: str
    issue_id: int | None
    number: str
    status: str
    currency: str
    net: Decimal
    account: str
    owner_id: int | None
    owner: str | None
    snoozed_until: date | None
    note: str

    @property
    def key(self) -> str:
        return f"{self.order_id}:{self.kind}"

    @property
    def label(self) -> str:
        return KINDS.get(self.kind, (self.kind, ""))[0]

    @property
    def glyph(self) -> str:
        return KINDS.get(self.kind, ("", "alert-triangle"))[1]


@dataclass(frozen=True)
class Worklist:
    """`rows` are the first of those asked for; `counts` are of all that are awake, by kind."""

    rows: Sequence[Stuck]
    more: bool
    counts: Mapping[str, int]
    sleeping: int
    value: Mapping[str, Decimal]


def worklist(
    *, today: date, kind: str = "", owner: int | None = None, sleeping: bool = False
) -> Worklist:
    """Oldest first: what stops orders, whose it is, and what is at stake."""
    values: dict[str, Any] = {"today": today}
    with connection.cursor() as sql:
        sql.execute(LISTED, values)
        found = [Stuck(*row) for row in sql.fetchall()]
    asleep = [row for row in found if row.snoozed_until is not None and row.snoozed_until > today]
    hidden = {row.key for row in asleep}
    awake = [row for row in found if row.key not in hidden]
    counts: dict[str, int] = {}
    for row in awake:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    rows = [
        row
        for row in (asleep if sleeping else awake)
        if (not kind or row.kind == kind) and owner in (None, row.owner_id)
    ]
    return Worklist(rows[:SHOWN], len(rows) > SHOWN, counts, len(asleep), _at_stake(awake))


def _at_stake(rows: Sequence[Stuck]) -> dict[str, Decimal]:
    """Net by currency, each order once."""
    by_order = {row.order_id: row for row in rows}
    total: dict[str, Decimal] = {}
    for row in by_order.values():
        total[row.currency] = total.get(row.currency, Decimal(0)) + row.net
    return total
