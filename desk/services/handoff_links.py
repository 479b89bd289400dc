"""The mails by which a department answers without an account, and the ones that remind it."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from comms import services as comms
from desk.models import HandOff, IllegalMove
from journal import services as journal
from kit.markup import moment
from people import calendars
from people.models import User

LASTS: Final = timedelta(days=60)
MOST_NUDGES: Final = 3
BETWEEN: Final = 4 * 3600  # business seconds of the department from one reminder to the next


def send(handoff: HandOff, *, at: datetime, words: str = "The sales desk asks") -> None:
    """Owe the department's address a mail with a fresh link; an older link no longer works."""
    address = handoff.department.email
    if not address:
        return
    key = secrets.token_urlsafe(24)
    handoff.link_digest = _digest(key)
    handoff.save(update_fields=["link_digest"])
    about = handoff.order or handoff.request
    due = moment(handoff.due_at) if handoff.due_at else ""
    url = f"{settings.PORTAL_URL}{reverse('desk:handoff_link', args=[handoff.pk, key])}"
    comms.owe_mail(
        key=f"handoff:{handoff.pk}:{handoff.nudges}", recipient=address, private=True,
        recipient_name=handoff.department.name, about=handoff, due_at=at, at=at,
        subject=f"{handoff.ask[:150]} ({about})",
        body=f"{words}:\n\n**{handoff.ask}**\n\nAbout: {about}\n\nPlease answer by {due}.\n\n"
        f"[Accept, say no or report it done]({url})",
    )  # fmt: skip


def find(pk: int, key: str, *, at: datetime) -> HandOff | None:
    """The hand-off that a link opens; None for a wrong, replaced or old one."""
    rows = HandOff.objects.select_related(
        "department__calendar", "order__account", "request__account"
    )
    row = rows.filter(pk=pk, link_digest=_digest(key), asked_at__gte=at - LASTS).first()
    return row if row and row.link_digest else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def nudge_due(*, at: datetime, limit: int = 100) -> int:
    """Remind departments of what they have not answered when it was due; up to three times each,
    half a working day of theirs apart."""
    late = HandOff.objects.filter(status=HandOff.Status.ASKED, due_at__lte=at)
    late = late.filter(
        Q(nudges=0) | Q(nudges__lt=MOST_NUDGES, nudged_at__lt=at - timedelta(hours=1))
    )
    done = 0
    for pk in list(late.order_by("due_at", "pk").values_list("pk", flat=True)[:limit]):
        done += _nudge(pk, at)
    return done


@transaction.atomic
def _nudge(pk: int, at: datetime) -> int:
    rows = HandOff.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("department__calendar").filter(pk=pk, status="asked").first()
    if row is None:
        return 0
    time = calendars.for_department(row.department)
    waited = time.seconds_between(row.nudged_at, at) if row.nudged_at else BETWEEN
    if waited < BETWEEN or not time.is_open(at):
        return 0
    _remind(row, by=None, at=at)
    return 1


@transaction.atomic
def nudge(row: HandOff, *, by: User, at: datetime) -> None:
    """Remind the department by hand.

    :raises IllegalMove: unless it still has to answer, or where it has no address.
    """
    row.refresh_from_db(from_queryset=HandOff.objects.select_for_update(of=("self",)))
    if row.status != HandOff.Status.ASKED:
        raise IllegalMove(f"This hand-off is already {row.get_status_display().lower()}.")
    if not row.department.email:
        raise IllegalMove(f"{row.department} has no mail address; ask by phone.")
    _remind(row, by=by, at=at)


def _remind(row: HandOff, *, by: User | None, at: datetime) -> None:
    row.nudges, row.nudged_at = row.nudges + 1, at
    row.save(update_fields=["nudges", "nudged_at"])
    send(row, at=at, words="The sales desk still waits for an answer")
    about = row.request or row.order
    journal.record(
        "desk.handoff.nudged", row, by=by, at=at, account_id=about.account_id if about else None,
        data={"order": row.order_id, "request": row.request_id, "nudge": row.nudges},
    )  # fmt: skip
