"""All that is kept of a person, as a ZIP of JSON and files: what she has a right to see."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Lower
from django.utils.module_loading import import_string

from crm.models import Contact, Lead
from crm.services.erasing import own_addresses, same_person
from crm.services.pointing import pointers
from journal import services as journal
from journal.models import Entry
from people.models import User

IN_MEMORY: Final = 5_000_000  # bytes; what is larger goes to a file of the system
MOST_ROWS: Final = 20_000  # of one table
# Keys of links and digests open doors; they are no data about the person.
SECRET: Final = ("key", "token", "secret", "digest", "hash", "stored_as")


def export(contact: Contact, *, by: User, at: datetime) -> tempfile.SpooledTemporaryFile[bytes]:
    """The ZIP, ready to be read from its beginning; the journal keeps that it was made."""
    people = list(same_person(contact))
    into = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in _parts(people):
            text = json.dumps(rows, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
            archive.writestr(f"{name}.json", text)
        for path in settings.PERSON_FILES:
            for name, file in import_string(path)(people):
                if Path(file).is_file():
                    archive.write(file, f"files/{name}")
    into.seek(0)
    journal.record("crm.contact.exported", contact, by=by, at=at, account_id=contact.account_id)
    return into


def _parts(people: list[Contact]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    keys = [one.pk for one in people]
    yield "person", [_row(one) for one in people]
    addresses = own_addresses(people)
    if addresses:
        leads = Lead.objects.annotate(low=Lower("email")).filter(low__in=addresses).order_by("pk")
        yield "leads-of-the-same-address", [_row(one) for one in leads]
    for pointer in pointers(Contact):
        rows: list[dict[str, Any]] = []
        for key in keys:
            found = pointer.rows(Contact, key).order_by("pk")[:MOST_ROWS]
            rows += [_row(one) for one in found]
        if rows:
            yield f"{pointer.label}.{pointer.field}", rows
    entries = Entry.objects.filter(subject_type="crm.contact", subject_id__in=keys).order_by("pk")
    yield "journal", [_row(one) for one in entries[:MOST_ROWS]]


def _row(row: models.Model) -> dict[str, Any]:
    return {
        one.name: one.value_from_object(row)
        for one in row._meta.concrete_fields
        if one.get_internal_type() != "BinaryField" and not any(w in one.name for w in SECRET)
    }
