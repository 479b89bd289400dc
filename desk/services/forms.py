"""Request types as administrators make them: fields, checklist, versions."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from desk.models import FormVersion, RequestType, SalesRequest
from journal import services as journal
from people.models import User

KINDS: Final[Mapping[str, str]] = {
    "text": "Text", "long_text": "Long text", "choice": "Choice", "number": "Number",
    "date": "Day", "lines": "Product lines", "people": "Colleagues", "account": "Account",
    "contact": "Contact", "check": "Tick box",
}  # fmt: skip
MOST_FIELDS, MOST_STEPS = 40, 30
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


class BadForm(Exception):
    """A form that cannot be; {place: words} in `problems`."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class ChangedMeanwhile(Exception):
    """Somebody saved another version first; the message is fit for people to read."""


@transaction.atomic
def save_type(
    kind: RequestType, *, by: User, at: datetime, version: int | None = None, **fields: Any
) -> RequestType:
    """Keep a type; a changed form or checklist is a new version, and old requests keep theirs.

    `version` is the one that the editor saw (None for a new type).

    :raises BadForm: with words for each field that cannot be.
    :raises ChangedMeanwhile: if somebody else saved a newer version.
    """
    if kind.pk:
        kind.refresh_from_db(from_queryset=RequestType.objects.select_for_update())
        if version is not None and version != kind.version:
            raise ChangedMeanwhile(
                f"“{kind}” was changed while you edited it. Your text is below; look at what is new."
            )
    form, checklist = fields.get("form", kind.form), fields.get("checklist", kind.checklist)
    check(form, checklist)
    fresh = kind._state.adding  # noqa: SLF001 - Django's own
    changed = fresh or (form, checklist) != (kind.form, kind.checklist)
    if changed and not fresh:
        kind.version += 1
    for name, value in fields.items():
        setattr(kind, name, value)
    kind.save()
    if changed:
        FormVersion.objects.create(
            type=kind, version=kind.version, form=form, checklist=checklist, made_at=at, made_by=by
        )
    journal.record("desk.type.saved", kind, by=by, at=at, data={"version": kind.version})
    return kind


def check(form: Sequence[Mapping[str, Any]], checklist: Sequence[str]) -> None:
    """Whether a form can be filled in.

    :raises BadForm: with words for each place.
    """
    problems: dict[str, str] = {}
    if len(form) > MOST_FIELDS:
        problems["form"] = f"A form has at most {MOST_FIELDS} fields."
    if len(checklist) > MOST_STEPS:
        problems["checklist"] = f"A checklist has at most {MOST_STEPS} steps."
    names = [field.get("name", "") for field in form]
    for at, field in enumerate(form):
        words = _wrong(field, names[:at], names)
        if words:
            problems[f"field-{at}"] = words
    if problems:
        raise BadForm(problems)


def _wrong(field: Mapping[str, Any], before: Sequence[str], names: Sequence[str]) -> str:
    name, kind = field.get("name", ""), field.get("kind")
    conditions = [c for c in (field.get("show_if"), field.get("required_if")) if c]
    tests = (
        (not field.get("label"), "Say what the field is called."),
        (not NAME.match(name),
         "The short name has small letters, digits and _, and begins with a letter."),
        (name in before, f"Two fields are named {name}."),
        (kind not in KINDS, "Choose what kind of field it is."),
        (kind == "choice" and not field.get("choices"), "Give the choices, one on each line."),
        (any(c.get("field") not in names or c["field"] == name for c in conditions),
         "The condition names a field that this form does not have."),
    )  # fmt: skip
    return next((words for wrong, words in tests if wrong), "")


def form_of(row: SalesRequest) -> tuple[list[dict[str, Any]], list[str]]:
    """(fields, checklist) as they were when the request was asked."""
    kind = row.type
    if row.form_version == kind.version:
        return kind.form, kind.checklist
    found = FormVersion.objects.filter(type=kind, version=row.form_version).first()
    return (found.form, found.checklist) if found else (kind.form, kind.checklist)


@transaction.atomic
def tick(row: SalesRequest, *, step: str, done: bool, by: User, at: datetime) -> None:
    """Tick a step of the checklist, or take the tick back.

    :raises BadForm: if the checklist has no such step.
    """
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update(of=("self",)))
    if step not in form_of(row)[1]:
        raise BadForm({"step": "The checklist has no such step."})
    kept = [known for known in row.checked if known != step]
    row.checked = [*kept, step] if done else kept
    row.version += 1
    row.save(update_fields=["checked", "version", "updated_at"])
    journal.record(
        "desk.request.ticked", row, by=by, at=at, account_id=row.account_id,
        data={"step": step, "done": done},
    )  # fmt: skip
