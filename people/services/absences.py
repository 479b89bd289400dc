"""Who is away, and who covers."""

from datetime import datetime

from django.db import transaction

from journal import services as journal
from people.models import Absence, User


class NotYourAbsence(Exception):
    """Somebody else's absence; the message is fit for people to read."""


@transaction.atomic
def add_absence(
    *, user: User, starts_at: datetime, ends_at: datetime, reason: str, backup: User | None,
    by: User, at: datetime,
) -> Absence:  # fmt: skip
    """Write down that `user` is away in [starts_at, ends_at).

    :raises NotYourAbsence: for somebody else, unless `by` may change absences of others.
    """
    _must_be_allowed(user, by)
    row = Absence.objects.create(
        user=user, starts_at=starts_at, ends_at=ends_at, reason=reason, backup=backup
    )
    journal.record("people.absence.added", row, by=by, at=at, data=_facts(row))
    return row


@transaction.atomic
def change_absence(
    row: Absence, *, starts_at: datetime, ends_at: datetime, reason: str, backup: User | None,
    by: User, at: datetime,
) -> None:  # fmt: skip
    """Change when, why or who covers; whose it is stays.

    :raises NotYourAbsence: as for adding.
    """
    row.refresh_from_db(from_queryset=Absence.objects.select_for_update(of=("self",)))
    _must_be_allowed(row.user, by)
    before = _facts(row)
    row.starts_at, row.ends_at, row.reason, row.backup = starts_at, ends_at, reason, backup
    row.save(update_fields=["starts_at", "ends_at", "reason", "backup"])
    after = _facts(row)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        journal.record("people.absence.changed", row, by=by, at=at, data=changed)


@transaction.atomic
def remove_absence(row: Absence, *, by: User, at: datetime) -> None:
    """The person is here after all; removing twice changes nothing.

    :raises NotYourAbsence: as for adding.
    """
    _must_be_allowed(row.user, by)
    locked = Absence.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if locked is None:
        return
    journal.record("people.absence.removed", locked, by=by, at=at, data=_facts(locked))
    locked.delete()


def _must_be_allowed(user: User, by: User) -> None:
    if user.pk != by.pk and not by.has_perm("people.change_absence"):
        raise NotYourAbsence("Only a manager writes down when somebody else is away.")


def _facts(row: Absence) -> dict[str, object]:
    return {
        "user": row.user_id, "from": row.starts_at.isoformat(), "to": row.ends_at.isoformat(),
        "reason": row.reason, "backup": row.backup_id,
    }  # fmt: skip
