"""What makes a follow-up unnecessary: asked of the journal, so that the past can be asked as well.

Asked for many at once: one statement a reason, each an index look-up for each row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from followups.models import FollowUp

Asked = Sequence[tuple[FollowUp, datetime]]  # a row, and until when
Found = dict[int, str]  # place in the sequence -> what happened, in words

ROWS: Final = """
FROM unnest(%(n)s::int[], %(type)s::text[], %(id)s::bigint[], %(account)s::bigint[], %(since)s::timestamptz[],
            %(until)s::timestamptz[], %(user)s::bigint[], %(contact)s::bigint[])
     AS r(n, type, id, account, since, until, reader, contact)
"""
HAPPENED: Final = f"""
SELECT r.n, e.subject_name {ROWS} CROSS JOIN LATERAL (
    (SELECT subject_name, at, id FROM journal_entry WHERE subject_type = r.type AND subject_id = r.id
        AND action = ANY(%(actions)s) AND at > r.since AND at <= r.until ORDER BY at, id LIMIT 1)
    UNION ALL
    (SELECT subject_name, at, id FROM journal_entry WHERE account_id = r.account
        AND action = ANY(%(actions)s) AND at > r.since AND at <= r.until ORDER BY at, id LIMIT 1)
    ORDER BY at, id LIMIT 1) AS e
"""  # noqa: S608 - words of our own; values are parameters
ITSELF: Final = f"""
SELECT r.n, e.subject_name {ROWS} CROSS JOIN LATERAL (
    SELECT subject_name FROM journal_entry WHERE subject_type = r.type AND subject_id = r.id
        AND action = ANY(%(actions)s) AND at > r.since AND at <= r.until ORDER BY at, id LIMIT 1) AS e
"""  # noqa: S608 - words of our own; values are parameters
SAID: Final = f"""
SELECT r.n, m.author_name {ROWS} CROSS JOIN LATERAL (
    (SELECT m.author_name, m.at, m.id FROM comms_message m WHERE m.contact_id = r.contact
        AND m.at > r.since AND m.at <= r.until AND m.by_person AND m.withdrawn_at IS NULL ORDER BY m.at, m.id LIMIT 1)
    UNION ALL
    (SELECT m.author_name, m.at, m.id FROM comms_thread t JOIN comms_message m ON m.thread_id = t.id
        WHERE t.subject_type = r.type AND t.subject_id = r.id AND m.at > r.since AND m.at <= r.until
        AND m.by_person AND m.withdrawn_at IS NULL
        AND (m.author_id = r.reader OR (r.reader IS NULL AND m.author_id IS NULL)) ORDER BY m.at, m.id LIMIT 1)
    ORDER BY at, id LIMIT 1) AS m
"""  # noqa: S608 - words of our own; values are parameters


@dataclass(frozen=True)
class Stop:
    """`find` says for many rows what happened between their time and another that ends them;
    `actions` are the journal's words for it."""

    label: str
    find: Callable[[Asked], Found]
    actions: frozenset[str]


def _ask(statement: str, asked: Asked, actions: Iterable[str] = ()) -> dict[int, str]:
    values: dict[str, Any] = {
        "n": list(range(len(asked))), "type": [row.subject_type for row, _ in asked],
        "id": [row.subject_id for row, _ in asked], "account": [row.account_id for row, _ in asked],
        "since": [row.created_at for row, _ in asked], "until": [until for _, until in asked],
        "user": [row.user_id for row, _ in asked], "contact": [row.contact_id for row, _ in asked],
        "actions": list(actions),
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(statement, values)
        return dict(sql.fetchall())


def _replied(asked: Asked) -> Found:
    """Words of whoever would read it: a customer's anywhere, a colleague's in this conversation.

    An automatic answer (out of office) is no message of a person and never comes here.
    """
    found = {n: f"{name} has answered." for n, name in _ask(SAID, asked).items()}
    outside = {n for n, (row, _) in enumerate(asked) if row.user_id is None}
    questions = _ask(HAPPENED, asked, ["orders.quote.asked"])
    return {n: "The customer has asked something." for n in questions if n in outside} | found


def _by(label: str, words: str, *actions: str) -> Stop:
    known = frozenset(actions)

    def find(asked: Asked) -> Found:
        return {n: words.format(name) for n, name in _ask(HAPPENED, asked, known).items()}

    return Stop(label, find, known)


STOPS: Final[Mapping[str, Stop]] = {
    "reply": Stop("The reader answered, on any channel", _replied,
                  frozenset({"comms.message.received", "comms.message.posted", "orders.quote.asked"})),
    "order": _by("The account ordered", "The customer has ordered: {}.",
                 "orders.order.confirmed", "orders.quote.accepted", "orders.quote.won"),
    "booking": _by("A meeting with the account was booked", "A meeting was booked: {}.",
                   "meetings.meeting.booked", "meetings.meeting.rescheduled"),
    "decline": _by("The customer said no", "The customer said no: {}.", "orders.quote.lost"),
    "viewed": _by("The customer opened it", "The customer has opened {}.", "orders.quote.viewed"),
    "complaint": _by("Goods of the account are coming back", "Goods are coming back: {}.", "orders.return.asked"),
}  # fmt: skip
ACTIONS: Final = frozenset(action for stop in STOPS.values() for action in stop.actions)
BLOCKS: Final = frozenset({"comms.contact.left", "comms.suppression.set", "comms.delivery.bounced"})


def find(asked: Sequence[tuple[FollowUp, Sequence[str], datetime]]) -> Found:
    """For each (row, its stops, until when): the first of its stops that happened, in words."""
    found: Found = {}
    for code, stop in STOPS.items():
        places = [n for n, (_, stops, _) in enumerate(asked) if code in stops and n not in found]
        if places:
            here = stop.find([(asked[n][0], asked[n][2]) for n in places])
            found |= {places[n]: words for n, words in here.items()}
    return found


def ended(asked: Asked, actions: frozenset[str]) -> Found:
    """Which of the things themselves were over by then, by the journal's words for that."""
    return (
        {n: f"It was over: {name}" for n, name in _ask(ITSELF, asked, actions).items()}
        if actions
        else {}
    )
