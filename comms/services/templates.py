"""Words that are written again and again: kept with what they said before, and counted."""

from datetime import datetime
from typing import Final

from django import forms
from django.db import connection, transaction
from django.utils import timezone

from comms.models import MessageTemplate, PastTemplate
from comms.services.refusals import NotEditable
from journal import services as journal
from people.models import User
from people.setup import keep

WORDS: Final = ("title", "subject_line", "body")
TAKEN: Final = """
INSERT INTO comms_templateuse (key, "on", count, last_at) VALUES (%s, %s, 1, %s)
ON CONFLICT (key, "on") DO UPDATE SET count = comms_templateuse.count + 1, last_at = EXCLUDED.last_at
"""


@transaction.atomic
def keep_template(
    form: forms.ModelForm[MessageTemplate], *, prefix: str, by: User, at: datetime
) -> MessageTemplate:
    """Write what a valid form says; words that change are kept as a past version. A new template
    belongs to who made it, unless somebody else is named.

    :raises Unusable: if it clashes with another one.
    """
    row = form.instance
    if not row.pk:
        row.owner = form.cleaned_data.get("owner") or by
    else:
        before = MessageTemplate.objects.select_for_update().get(pk=row.pk)
        row.version = before.version
        _put_away(before, row, by=by, at=at)
    kept = keep(form, prefix=prefix, by=by, at=at)
    assert isinstance(kept, MessageTemplate)  # noqa: S101
    return kept


@transaction.atomic
def take_again(past: PastTemplate, *, by: User, at: datetime) -> None:
    """The words of before are the words again, as another version.

    :raises NotEditable: if they are the words already, or another template has that title.
    """
    row = MessageTemplate.objects.select_for_update().get(pk=past.template_id)
    before = MessageTemplate.objects.get(pk=row.pk)
    row.subject_line, row.body = past.subject_line, past.body
    if not _put_away(before, row, by=by, at=at):
        raise NotEditable("It says this already.")
    row.save(update_fields=["subject_line", "body", "version"])
    journal.record(
        "comms.template.restored",
        row,
        by=by,
        at=at,
        data={"of": past.version, "version": row.version},
    )


def _put_away(before: MessageTemplate, row: MessageTemplate, *, by: User, at: datetime) -> bool:
    """Keep what it said until now, if it says something else; whether it does."""
    if all(getattr(before, name) == getattr(row, name) for name in WORDS):
        return False
    PastTemplate.objects.create(
        template=before, version=before.version, title=before.title, body=before.body,
        subject_line=before.subject_line, until=at, by=by,
    )  # fmt: skip
    row.version = before.version + 1
    return True


def count_use(key: str, *, at: datetime) -> None:
    """Somebody took these words; one statement, a figure, no journal entry."""
    with connection.cursor() as sql:
        sql.execute(TAKEN, [key[:40], timezone.localdate(at, timezone.get_default_timezone()), at])
