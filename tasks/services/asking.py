"""A question to a colleague about a record, as a task: it has an owner, a day, and an end."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models

from people.models import User
from tasks import subjects
from tasks.services import work

ANSWER_DAYS: Final = 7


def ask_about(
    account: models.Model, *, title: str, notes: str, owner: User, by: User, at: datetime
) -> str:
    """Ask `owner` about an account, within a week; returns the address of the task."""
    label = account._meta.label_lower
    subject = subjects.Subject(label, account.pk, str(account)[:200], account.pk)
    task = work.create(
        title=title[:200], notes=notes, owner=owner, by=by, at=at, subject=subject,
        due_on=at.date() + timedelta(days=ANSWER_DAYS),
    )  # fmt: skip
    return f"/tasks/{task.pk}/"
