"""How a colleague wants to hear of things."""

from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction

from journal import services as journal
from notices.kinds import KINDS
from notices.models import Preference, Rhythm
from people.models import User


@transaction.atomic
def choose(user: User, chosen: Mapping[str, str], *, at: datetime) -> None:
    """Keep {kind: mail}; kinds that nobody knows are left out."""
    rows = [
        Preference(user=user, kind=kind, mail=mail)
        for kind, mail in chosen.items()
        if kind in KINDS
    ]
    Preference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["mail"]
    )
    journal.record("notices.preference.changed", user, by=user, at=at, data=dict(chosen))


@transaction.atomic
def rest(
    user: User, *, quiet_from: time | None, quiet_until: time | None, digest: str, digest_at: time,
    at: datetime,
) -> None:  # fmt: skip
    """Keep when mail may come, and when the summary does."""
    Rhythm.objects.update_or_create(
        user=user,
        defaults={"quiet_from": quiet_from, "quiet_until": quiet_until, "digest": digest, "digest_at": digest_at},
    )  # fmt: skip
    journal.record("notices.rhythm.changed", user, by=user, at=at)
