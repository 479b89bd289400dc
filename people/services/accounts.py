"""Accounts of people: who is here, their tokens, how the portal looks to them."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from journal import services as journal
from people.models import ApiToken, Role, User
from people.queries import colleagues

PREFIX = "scp_"


class AddressTaken(Exception):
    """Somebody has this address; the message is fit for people to read."""


class LastAdministrator(Exception):
    """Nobody would be left to add people; the message is fit for people to read."""


@transaction.atomic
def add_person(
    *, email: str, name: str, in_roles: Collection[Role], by: User | None, at: datetime,
    **fields: Any,
) -> User:  # fmt: skip
    """Somebody who may sign in as soon as a password is set by the link of a mail.

    :raises AddressTaken: whatever the case of its letters.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None, name=name, **fields)
    except IntegrityError as clash:
        raise AddressTaken(f"Somebody with the address {email} is here already.") from clash
    _set_roles(user, in_roles)
    journal.record(
        "people.user.added", user, by=by, at=at, data={"roles": sorted(str(r) for r in in_roles)}
    )
    return user


@transaction.atomic
def change_person(
    user: User, *, in_roles: Collection[Role], by: User | None, at: datetime, **fields: Any
) -> None:
    """Change name, address, roles, team, department or whether the person may sign in.

    :raises AddressTaken: if the new address is somebody else's.
    :raises LastAdministrator: if nobody would be left who may add people.
    """
    user.refresh_from_db(from_queryset=User.objects.select_for_update(of=("self",)))
    before = {**{name: str(getattr(user, name)) for name in fields}, "roles": _roles(user)}
    for name, value in fields.items():
        setattr(user, name, value)
    try:
        with transaction.atomic():
            user.save(update_fields=list(fields))
    except IntegrityError as clash:
        raise AddressTaken("Somebody else has this address.") from clash
    _set_roles(user, in_roles)
    if not User.objects.active().in_role(Role.ADMIN).exists():
        raise LastAdministrator(
            "Nobody would be left to add people. Make another administrator first."
        )
    after = {**{name: str(getattr(user, name)) for name in fields}, "roles": _roles(user)}
    changed = {n: [before[n], after[n]] for n in after if before[n] != after[n]}
    if changed:
        journal.record("people.user.changed", user, by=by, at=at, data=changed)


def _roles(user: User) -> str:
    return ", ".join(sorted(user.groups.values_list("name", flat=True)))


def _set_roles(user: User, in_roles: Collection[Role]) -> None:
    user.groups.set(Group.objects.filter(name__in=[r.value for r in in_roles]))


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
    known |= _imported_before(wanted - set(known))
    missing = sorted(wanted - set(known))
    made = User.objects.bulk_create(
        [
            User(
                email=_imported_address(name), name=name[:150], is_active=False,
                password=make_password(None),
            )
            for name in missing
        ],
        batch_size=1000,
    )  # fmt: skip
    return {**known, **dict(zip(missing, (user.pk for user in made), strict=True))}


def seen(user: User, *, at: datetime) -> None:
    """Somebody uses the portal: kept to the minute, so that a live page writes once in a minute."""
    if user.last_seen_at is None or (at - user.last_seen_at).total_seconds() >= 60:  # noqa: PLR2004 - a minute
        User.objects.filter(pk=user.pk).update(last_seen_at=at)


def _imported_before(names: Collection[str]) -> dict[str, int]:
    """Those of an earlier import: two whose names differ in case only are still two."""
    by_address = {_imported_address(name): name for name in names}
    found = User.objects.filter(email__in=by_address).values_list("email", "pk")
    return {by_address[email]: pk for email, pk in found}


def _imported_address(name: str) -> str:
    return f"{hashlib.sha256(name.encode()).hexdigest()[:16]}@imported.invalid"


def set_appearance(user: User, **choices: str) -> None:
    """Keep theme, density or navigation width on the profile (not worth a journal entry)."""
    User.objects.filter(pk=user.pk).update(**choices)
