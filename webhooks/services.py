"""Everything that writes webhooks: endpoints, what is owed, how it went."""

import json
import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from journal import services as journal
from journal.models import Cursor, Entry
from kit import outgoing, sealing
from people.models import User
from webhooks import signing
from webhooks.models import EVENTS, Call, Endpoint

FOLLOWER: Final = "webhooks"
LEASE: Final = timedelta(seconds=90)
SLOWEST: Final = timedelta(seconds=outgoing.LONGEST_POST + 15)  # with looking the name up
RUN_SECONDS: Final = 60  # of one batch; a worker is killed after 240
# Seconds from one attempt to the next, as the specification proposes.
RETRIES: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
OLD_SECRET_FOR: Final = timedelta(days=1)
GONE, SLOW_DOWN, FIRST_GOOD, FIRST_OTHER = 410, (429, 503), 200, 300
LONGEST_WAIT: Final = 86_400
HANDOFF: Final = "desk.handoff"
PAGES: Final = {"desk.salesrequest": "/requests/{}/", "orders.order": "/orders/{}/",
                "orders.quotefamily": "/orders/quotes/{}/", "tasks.task": "/tasks/{}/"}  # fmt: skip


class BadEndpoint(Exception):
    """An endpoint that cannot be; the message is fit for people to read."""


@transaction.atomic
def add_endpoint(
    *, name: str, url: str, events: Collection[str], by: User, at: datetime
) -> tuple[Endpoint, str]:
    """Tell `url` of these events from now on; the secret is given once.

    :raises BadEndpoint: for an address that we do not call, or events that there are not.
    """
    _check(url, events)
    secret = signing.new_secret()
    if not Cursor.objects.filter(name=FOLLOWER).exists():
        journal.skip_to_end(FOLLOWER)  # what happened before is nothing to tell
    row = Endpoint.objects.create(
        name=name, url=url, events=sorted(events), made_by=by, made_at=at,
        secret=sealing.seal(secret, about="webhook"),
    )  # fmt: skip
    journal.record("webhooks.endpoint.added", row, by=by, at=at, data={"url": url})
    return row, secret


@transaction.atomic
def change_endpoint(
    row: Endpoint, *, name: str, url: str, events: Collection[str], is_active: bool, by: User,
    at: datetime,
) -> None:  # fmt: skip
    """:raises BadEndpoint: for an address that we do not call, or events that there are not."""
    _check(url, events)
    row.name, row.url, row.events = name, url, sorted(events)
    row.is_active, row.stopped_why = is_active, "" if is_active else row.stopped_why
    row.save(update_fields=["name", "url", "events", "is_active", "stopped_why"])
    journal.record(
        "webhooks.endpoint.changed", row, by=by, at=at, data={"url": url, "on": is_active}
    )


def _check(url: str, events: Collection[str]) -> None:
    try:
        outgoing.check(url)
    except outgoing.Refused as refusal:
        raise BadEndpoint(str(refusal)) from refusal
    if not events or set(events) - set(EVENTS):
        raise BadEndpoint("Choose what it shall hear of.")


@transaction.atomic
def rotate(row: Endpoint, *, by: User, at: datetime) -> str:
    """A new secret, given once; the old one signs too for a day."""
    secret = signing.new_secret()
    row.old_secret, row.secret = row.secret, sealing.seal(secret, about="webhook")
    row.rotated_at = at
    row.save(update_fields=["old_secret", "secret", "rotated_at"])
    journal.record("webhooks.endpoint.rotated", row, by=by, at=at)
    return secret


@transaction.atomic
def remove_endpoint(row: Endpoint, *, by: User, at: datetime) -> None:
    journal.record("webhooks.endpoint.removed", row, by=by, at=at, data={"url": row.url})
    row.delete()


def follow() -> int:
    """Write down what is owed for what the journal tells; returns how many entries were read."""
    return journal.catch_up(FOLLOWER, _owe)


def _owe(entries: Sequence[Entry]) -> None:
    endpoints = list(Endpoint.objects.filter(is_active=True).order_by("pk"))
    calls = [
        Call(endpoint=endpoint, entry=entry.pk, message_id=f"msg_{endpoint.pk}_{entry.pk}",
             event=entry.action, body=_body(entry), due_at=entry.at, made_at=entry.at)
        for entry in entries for endpoint in endpoints
        if entry.at >= endpoint.made_at and entry.action.startswith(tuple(endpoint.events))
    ]  # fmt: skip
    Call.objects.bulk_create(calls, ignore_conflicts=True, batch_size=500)


def _body(entry: Entry) -> str:
    """Numbers and names, nobody's words: who wants to know more asks the API."""
    page = PAGES.get(entry.subject_type)
    # A hand-off is called by what it asks for, and that is somebody's words.
    name = f"Hand-off {entry.subject_id}" if entry.subject_type == HANDOFF else entry.subject_name
    data = {
        "object": entry.subject_type, "id": entry.subject_id, "name": name,
        "account": entry.account_id, "actor": entry.actor_id,
        "url": f"{settings.PORTAL_URL}{page.format(entry.subject_id)}" if page else None,
    }  # fmt: skip
    for key in ("request", "order", "status", "from", "to", "holder"):
        value = entry.data.get(key)
        if isinstance(value, int) or (isinstance(value, str) and len(value) <= 40):  # noqa: PLR2004 - a status, no sentence
            data[key] = value
    return json.dumps({"type": entry.action, "timestamp": entry.at.isoformat(), "data": data})


def _hold(endpoint_id: int) -> None:
    """One at a time numbers the messages of an endpoint. Its calls may be added meanwhile."""
    list(Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).values_list("pk"))


@transaction.atomic
def send_test(row: Endpoint, *, by: User, at: datetime) -> Call:
    """Owe a message that says nothing happened."""
    _hold(row.pk)
    body = json.dumps({"type": "webhooks.test", "timestamp": at.isoformat(), "data": {"by": by.pk}})
    number = row.calls.filter(entry=None, replay=0).count()
    return Call.objects.create(
        endpoint=row, message_id=f"msg_{row.pk}_test_{number}", event="webhooks.test", body=body,
        due_at=at, made_at=at,
    )  # fmt: skip


@transaction.atomic
def replay(call: Call, *, by: User, at: datetime) -> Call:
    """Send the same message again, under the same id: a receiver that has it can tell. Two at once are
    two replays."""
    _hold(call.endpoint_id)
    calls = Call.objects.filter(endpoint=call.endpoint_id, message_id=call.message_id)
    last = calls.aggregate(last=Max("replay"))["last"] or 0
    made = Call.objects.create(
        endpoint_id=call.endpoint_id, entry=call.entry, replay=last + 1, message_id=call.message_id,
        event=call.event, body=call.body, due_at=at, made_at=at,
    )  # fmt: skip
    journal.record("webhooks.call.replayed", made, by=by, at=at, data={"message": call.message_id})
    return made


def replay_failed(row: Endpoint, *, by: User, at: datetime, limit: int = 500) -> int:
    """Send everything again whose last attempt failed; returns how many there were."""
    newest = row.calls.values("message_id").annotate(last=Max("pk")).values("last")
    failed = row.calls.filter(pk__in=newest, status=Call.Status.FAILED).order_by("pk")[:limit]
    return len([replay(call, by=by, at=at) for call in failed])


def send_due(*, at: datetime, batch: int = 20) -> int:
    """Claim what is due and send it; returns how many were claimed."""
    claimed, began = claim(at=at, batch=batch), monotonic()
    for place, call in enumerate(claimed):
        if monotonic() - began > RUN_SECONDS:
            _give_back(claimed[place:])
            break
        if _still_ours(claimed[place:]):
            _send(call, at)
    return len(claimed)


def _mine(call: Call) -> QuerySet[Call]:
    """The row as long as this very attempt holds it."""
    return Call.objects.filter(pk=call.pk, status=Call.Status.SENDING, attempts=call.attempts)


def _still_ours(calls: Sequence[Call]) -> bool:
    """Whether the first may be sent: its lease is longer than sending takes, or is renewed, with those
    of all behind it. Who lost it to another worker sends nothing."""
    now, first = timezone.now(), calls[0]
    if first.lease_until is not None and first.lease_until - now > SLOWEST:
        return True
    until, kept = now + LEASE, 0
    for call in calls:
        held = _mine(call).update(lease_until=until)
        call.lease_until = until if held else None
        kept += held if call is first else 0
    return bool(kept)


def _give_back(calls: Sequence[Call]) -> None:
    """They were not even tried: due as before, and that costs no attempt."""
    for call in calls:
        _mine(call).update(status=Call.Status.PENDING, lease_until=None, attempts=F("attempts") - 1)


@transaction.atomic
def claim(*, at: datetime, batch: int) -> list[Call]:
    """Take a lease on what is due, or whose sender died: a receiver tells a repeat by its id."""
    due = Q(status=Call.Status.PENDING, due_at__lte=at) | Q(
        status=Call.Status.SENDING, lease_until__lt=at
    )
    rows = Call.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
    found = list(rows.filter(due, endpoint__is_active=True).order_by("due_at", "pk")[:batch])
    Call.objects.filter(pk__in=[call.pk for call in found]).update(
        status=Call.Status.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    for call in found:
        call.attempts, call.lease_until = call.attempts + 1, at + LEASE
    return found


def _send(call: Call, at: datetime) -> None:
    """Call out with no transaction open; who lost the lease meanwhile writes nothing."""
    code: int | None = None
    wait = ""
    try:
        answer = outgoing.post(call.endpoint.url, call.body.encode(), _headers(call, at))
        code, text, wait = answer.status, answer.text, answer.headers.get("retry-after", "")
    except (outgoing.Refused, outgoing.Unreachable, sealing.Unsealable) as problem:
        text = str(problem)
    good = code is not None and FIRST_GOOD <= code < FIRST_OTHER
    later = None if good or code == GONE else _again(call, at, code, wait)
    status = Call.Status.SENT if good else Call.Status.PENDING if later else Call.Status.FAILED
    fields: dict[str, Any] = {
        "status": status, "code": code, "answer": text.replace("\0", "")[:500],
        "lease_until": None, "sent_at": at if good else None, "due_at": later or call.due_at,
    }  # fmt: skip
    if _mine(call).update(**fields) and code == GONE:
        _stop(call.endpoint, at)


def _headers(call: Call, at: datetime) -> dict[str, str]:
    row = call.endpoint
    keys = [sealing.unseal(row.secret, about="webhook")]
    if row.old_secret and row.rotated_at and at < row.rotated_at + OLD_SECRET_FOR:
        keys.append(sealing.unseal(row.old_secret, about="webhook"))
    return signing.headers(keys, call.message_id, int(at.timestamp()), call.body)


def _again(call: Call, at: datetime, code: int | None, wait: str) -> datetime | None:
    """When to try next; None after the last attempt."""
    if call.attempts > len(RETRIES):
        return None
    seconds = RETRIES[call.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - spreads the load
    if code in SLOW_DOWN:
        seconds = max(seconds, outgoing.seconds_to_wait(wait, at=at, most=LONGEST_WAIT))
    return at + timedelta(seconds=seconds)


@transaction.atomic
def _stop(row: Endpoint, at: datetime) -> None:
    row.is_active, row.stopped_why = False, "It answered 410 Gone."
    row.save(update_fields=["is_active", "stopped_why"])
    journal.record("webhooks.endpoint.stopped", row, by=None, at=at, data={"why": row.stopped_why})
