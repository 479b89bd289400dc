"""How a colleague wants to hear of things."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction

from journal import services as journal
from notices.channels import INBOX, MAIL, channels, offered_to
from notices.kinds import KINDS, Mail
from notices.models import Preference, Rhythm
from people.models import User


class NoSuchChoice(Exception):
    """A kind, a channel or a way that is not offered; the message is fit for people to read."""


def hows_of(channel: str, kind: str) -> tuple[Mail, ...]:
    """What a channel offers for a kind; nothing where it is always on."""
    if channel == INBOX:
        return () if KINDS[kind].must_see else (Mail.NOW, Mail.NEVER)
    found = channels().get(channel)
    return found.hows if found is not None else ()


@transaction.atomic
def choose(
    user: User, chosen: Mapping[str, str], *, at: datetime, channel: str = MAIL
) -> None:  # fmt: skip
    """Keep {kind: how} of one channel.

    :raises NoSuchChoice: for a kind or a way that is not offered; nothing is kept.
    """
    for kind, how in chosen.items():
        if kind not in KINDS:
            raise NoSuchChoice(f"There is no kind “{kind}”.")
        if how not in hows_of(channel, kind):
            raise NoSuchChoice(f"“{KINDS[kind].label}” cannot be “{how}” on “{channel}”.")
    rows = [
        Preference(user=user, kind=kind, channel=channel, how=how) for kind, how in chosen.items()
    ]
    Preference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["how"],
    )
    data = {"channel": channel, "chosen": dict(chosen)}
    journal.record("notices.preference.changed", user, by=user, at=at, data=data)


@transaction.atomic
def rest(
    user: User, *, quiet_from: time | None, quiet_until: time | None, digest: str, digest_at: time,
    at: datetime, weekday: int = 0,
) -> None:  # fmt: skip
    """Keep when mail may come, and when the summary does: `weekday` from 0, Monday."""
    Rhythm.objects.update_or_create(
        user=user,
        defaults={"quiet_from": quiet_from, "quiet_until": quiet_until, "digest": digest,
                  "digest_at": digest_at, "weekday": weekday},
    )  # fmt: skip
    journal.record("notices.rhythm.changed", user, by=user, at=at)


@transaction.atomic
def prefer(
    user: User, chosen: Mapping[str, Mapping[str, str]], *, at: datetime,
    rhythm: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Keep {channel: {kind: how}} and, if given, the rhythm; all of it or nothing.

    :raises NoSuchChoice: for a channel, a kind or a way that is not offered.
    """
    for channel, kinds in chosen.items():
        choose(user, kinds, at=at, channel=channel)
    if rhythm is not None:
        rest(user, **rhythm, at=at)


def preferences_of(user: User) -> list[dict[str, Any]]:
    """Every kind with how it comes on each channel that reaches the user."""
    rows = Preference.objects.filter(user=user).values_list("channel", "kind", "how")
    known = {(channel, kind): how for channel, kind, how in rows}
    ways = offered_to(user)
    return [
        {"kind": kind.code, "name": kind.label, "group": kind.group,
         "channels": {INBOX: known.get((INBOX, kind.code), Mail.NOW.value)}
         | {code: known.get((code, kind.code), way.unless_chosen(kind).value)
            for code, way in ways.items()}}
        for kind in KINDS.values()
    ]  # fmt: skip
