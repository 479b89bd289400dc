"""The same key gets the same answer: effect, reply and key are written in one transaction."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import HttpRequest

from journal.models import IdempotencyKey

LONGEST = 200
Effect = Callable[[], tuple[int, Any]]


class KeyReused(Exception):
    """The key came with another body before; the message is fit for people to read."""


def once(actor_id: int, key: str, body: Any, effect: Effect) -> tuple[int, Any, bool]:
    """Run `effect` unless `key` was answered before; returns (status, reply, was it a repeat).

    Two at once with the same key wait for each other by an advisory lock of the transaction. If
    the effect raises, nothing is kept and the key can be used again.

    :raises KeyReused: if the key was used with another body.
    """
    digest = hashlib.sha256(
        json.dumps(body, sort_keys=True, cls=DjangoJSONEncoder).encode()
    ).hexdigest()
    with transaction.atomic():
        with connection.cursor() as sql:
            sql.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor_id}:{key}"]
            )
        known = IdempotencyKey.objects.filter(actor_id=actor_id, key=key).first()
        if known is not None:
            if known.request_hash != digest:
                raise KeyReused("This idempotency key was used before with another request.")
            return known.status, known.reply, True
        status, reply = effect()
        reply = json.loads(json.dumps(reply, cls=DjangoJSONEncoder))
        IdempotencyKey.objects.create(
            actor_id=actor_id, key=key, request_hash=digest, status=status, reply=reply
        )
        return status, reply, False


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
