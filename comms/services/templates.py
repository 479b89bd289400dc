"""Words that are written again and again: kept with what they said before, and counted."""

import re
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db import connection, transaction
from django.utils import timezone

from comms.models import Message, Unsent, Versioned, WordsTaken
from comms.services.refusals import NotEditable
from journal import services as journal
from people.models import User
from people.setup import keep

COUNTED: Final = """
INSERT INTO comms_templateuse (key, version, "on", count, last_at) VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (key, "on", version)
DO UPDATE SET count = comms_templateuse.count + 1, last_at = EXCLUDED.last_at
"""
TAKEN: Final = re.compile(r"(?P<key>[a-z]{1,20}:[0-9]{1,18})@(?P<version>[0-9]{1,9})")
MOST_TAKEN: Final = 10


@transaction.atomic
def keep_words(form: forms.ModelForm[Any], *, prefix: str, by: User, at: datetime) -> Versioned:
    """Write what a valid form of versioned words says; words that change are kept as a past version.
    New ones belong to who made them, unless somebody else is named.

    :raises Unusable: if they clash with others.
    """
    row = form.instance
    if not row.pk:
        row.owner = form.cleaned_data.get("owner") or by
    else:
        before = type(row)._default_manager.select_for_update().get(pk=row.pk)
        row.version = before.version
        _put_away(before, row, by=by, at=at)
    kept = keep(form, prefix=prefix, by=by, at=at)
    assert isinstance(kept, Versioned)  # noqa: S101
    return kept


@transaction.atomic
def take_again(row: Versioned, version: int, *, by: User, at: datetime) -> None:
    """The words of an earlier version are the words again, as another version; the title stays.

    :raises NotEditable: if they are the words already, or there was no such version.
    """
    rows = type(row)._default_manager
    row, before = rows.select_for_update().get(pk=row.pk), rows.get(pk=row.pk)
    past = row.past.filter(version=version).first()
    if past is None:
        raise NotEditable(f"There was no version {version}.")
    again = [name for name in row.WORDS if name != "title"]
    for name in again:
        setattr(row, name, getattr(past, name))
    if not _put_away(before, row, by=by, at=at):
        raise NotEditable("It says this already.")
    row.save(update_fields=[*again, "version"])
    journal.record(
        f"{row._meta.app_label}.template.restored", row, by=by, at=at,
        data={"of": past.version, "version": row.version},
    )  # fmt: skip


def _put_away(before: Versioned, row: Versioned, *, by: User, at: datetime) -> bool:
    """Keep what it said until now, if it says something else; whether it does."""
    said = {name: getattr(before, name) for name in row.WORDS}
    if all(getattr(row, name) == words for name, words in said.items()):
        return False
    before.past.create(version=before.version, until=at, by=by, **said)
    row.version = before.version + 1
    return True


def count_use(key: str, *, version: int, at: datetime) -> None:
    """Somebody took these words; one statement, a figure, no journal entry."""
    day = timezone.localdate(at, timezone.get_default_timezone())
    with connection.cursor() as sql:
        sql.execute(COUNTED, [key[:40], version, day, at])


def note_words(message: Message, draft: Unsent) -> None:
    """Write down which words a message was written with, as its draft knew; what else is said there
    is left out."""
    read = [TAKEN.fullmatch(word) for word in draft.taken.split()]
    found = [(one["key"], int(one["version"])) for one in read if one is not None]
    WordsTaken.objects.bulk_create(
        WordsTaken(message=message, key=key, version=version)
        for key, version in list(dict.fromkeys(found))[:MOST_TAKEN]
    )
