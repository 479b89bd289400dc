"""The same key gets the same answer: effect, reply and key are written in one transaction."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import HttpRequest

from journal.models import IdempotencyKey

LONGEST = 200
RESERVE: Final = """
INSERT INTO journal_idempotencykey (actor_id, key, request_hash, status, reply, created_at)
VALUES (%s, %s, %s, 0, 'null', now()) ON CONFLICT DO NOTHING RETURNING id
"""
KEEP: Final = "UPDATE journal_idempotencykey SET status = %s, reply = %s WHERE id = %s"
Effect = Callable[[], tuple[int, Any]]


class KeyReused(Exception):
    """The key came with another body before; the message is fit for people to read."""


def once(actor_id: int, key: str, body: Any, effect: Effect) -> tuple[int, Any, bool]:
    """Run `effect` unless `key` was answered before; returns (status, reply, was it a repeat).

    Two at once with the same key wait for each other at the key's unique index. If the effect
    raises, nothing is kept and the key can be used again.

    :raises KeyReused: if the key was used with another body.
    """
    digest = hashlib.sha256(
        json.dumps(body, sort_keys=True, cls=DjangoJSONEncoder).encode()
    ).hexdigest()
    with transaction.atomic(), connection.cursor() as sql:
        sql.execute(RESERVE, [actor_id, key, digest])
        reserved = sql.fetchone()
        if reserved is None:
            known = IdempotencyKey.objects.get(actor_id=actor_id, key=key)
            if known.request_hash != digest:
                raise KeyReused("This idempotency key was used before with another request.")
            return known.status, known.reply, True
        status, reply = effect()
        text = json.dumps(reply, cls=DjangoJSONEncoder)
        sql.execute(KEEP, [status, text, reserved[0]])
        return status, json.loads(text), False


def form_once(request: HttpRequest, effect: Callable[[], str]) -> str:
    """For forms: `effect` returns where to go next; a double submit goes where the first went.

    The form carries the key in a hidden field, `{% idempotency_key %}`. A form without one (an
    old page) simply runs. The body is not compared: a person who corrects a refused form sends
    the same key again, and a refusal keeps nothing.
    """
    key = request.POST.get("idempotency_key", "")[:LONGEST].replace("\0", "")
    if not key:
        with transaction.atomic():
            return effect()
    scope = f"form:{request.path}:{key}"[:LONGEST]
    _, reply, _ = once(int(request.user.pk or 0), scope, "form", lambda: (200, {"next": effect()}))
    return str(reply["next"])


def was_sent(actor_id: int, path: str, key: str) -> bool:
    """Whether the form at `path` that carries `key` was sent: what is said after it comes too late."""
    scope = f"form:{path}:{key}"[:LONGEST].replace("\0", "")
    return bool(key) and IdempotencyKey.objects.filter(actor_id=actor_id, key=scope).exists()
