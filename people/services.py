"""Everything that writes people: tokens, appearance."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from journal import services as journal
from people.models import ApiToken, User
from people.queries import colleagues

PREFIX = "scp_"


def digest(token: str) -> str:
    """What is kept of a token: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_token(user: User, *, name: str, by: User, at: datetime) -> str:
    """Make a bearer token; returned once, kept only as a digest."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(user=user, name=name, digest=digest(token), created_at=at)
    journal.record("people.token.made", row, by=by, at=at)
    return token


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User, at: datetime) -> None:
    """Stop a token from working; revoking twice changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        journal.record("people.token.revoked", token, by=by, at=at)


@transaction.atomic
def ensure_colleagues(names: Iterable[str]) -> Mapping[str, int]:
    """Keys of the people with these names or addresses; who is missing is written down as somebody
    who cannot sign in (history speaks of people who have left)."""
    wanted = set(names)
    known = colleagues(wanted)
    missing = sorted(wanted - set(known))
    made = User.objects.bulk_create(
        [
            User(
                email=f"{hashlib.sha256(name.encode()).hexdigest()[:16]}@imported.invalid",
                name=name[:150], is_active=False, password=make_password(None),
            )
            for name in missing
        ],
        batch_size=1000,
    )  # fmt: skip
    return {**known, **dict(zip(missing, (user.pk for user in made), strict=True))}


def set_appearance(user: User, **choices: str) -> None:
    """Keep theme, density or navigation width on the profile (not worth a journal entry)."""
    User.objects.filter(pk=user.pk).update(**choices)
