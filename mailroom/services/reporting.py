"""What providers post: kept first, applied once, in whatever order it comes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, IntegrityError, transaction

from comms import services as comms
from comms.models import Delivery
from mailroom.hooks import Forged, Mail, Told
from mailroom.models import Report
from mailroom.services.taking import take

log = logging.getLogger(__name__)
Status = Report.Status
BATCH: Final = 50
LOOKS_BACK: Final = timedelta(days=14)
KEPT_FOR: Final = timedelta(days=90)  # far longer than any provider tries again
DELETED_AT_ONCE: Final = 5000
# What is done about a report; all other kinds are kept and change nothing.
ACTED_ON: Final = {"delivered", "bounced", "complained", "unsubscribed", "rejected", "failed"}


def take_reports(provider: str, told: Sequence[Told], *, at: datetime) -> int:
    """Keep what a provider reports; returns how many were new.

    :raises Forged: for a signature that was used before, for something else.
    """
    _check_tokens(provider, told)
    rows = [
        Report(
            provider=provider, way=Report.Way.TRACKING, key=one.key, kind=one.kind, told_at=one.at, received_at=at,
            recipient=one.recipient, message_id=one.message_id, hard=one.hard, reason=one.reason, words=one.words,
            token=one.token, digest=one.digest, status=Status.TAKEN if one.kind in ACTED_ON else Status.NOTED,
            settled_at=None if one.kind in ACTED_ON else at,
        )
        for one in {one.key: one for one in told}.values()
    ]  # fmt: skip
    before = _known(provider, Report.Way.TRACKING, [row.key for row in rows])
    new = [row for row in rows if row.key not in before]
    # Two posts of the same at the same moment: the database lets one of them in.
    Report.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _known(provider: str, way: str, keys: Sequence[str]) -> set[str]:
    found = Report.objects.filter(provider=provider, way=way, key__in=keys)
    return set(found.values_list("key", flat=True))


def _check_tokens(provider: str, told: Sequence[Told] | Sequence[Mail]) -> None:
    """Mailgun signs a token, not what is said with it: a token with other words is a forgery."""
    said = {one.token: one.digest for one in told if one.token}
    if not said:
        return
    used = Report.objects.filter(provider=provider, token__in=said).values_list("token", "digest")
    if any(said[token] != digest for token, digest in used):
        raise Forged(f"{provider}: a signature was used again")


def take_mails(provider: str, mails: Sequence[Mail], *, at: datetime) -> int:
    """Take mail that a provider received for us, each with its report in one transaction; returns
    how many were new.

    :raises Forged: for a signature that was used before, for something else.
    :raises TooLarge: for a mail beyond what any way in takes.
    """
    _check_tokens(provider, mails)
    return sum(_take_mail(provider, one, at=at) for one in mails)


def _take_mail(provider: str, mail: Mail, *, at: datetime) -> int:
    if _known(provider, Report.Way.INBOUND, [mail.key]):
        return 0
    try:
        with transaction.atomic():
            report = Report.objects.create(
                provider=provider, way=Report.Way.INBOUND, key=mail.key, kind="inbound", told_at=mail.at,
                received_at=at, token=mail.token, digest=mail.digest, status=Status.APPLIED, settled_at=at,
            )  # fmt: skip
            row, made = take(
                mail.raw, source="hook", at=at, recipients=mail.recipients, sender=mail.sender
            )
            Report.objects.filter(pk=report.pk).update(
                incoming=row, recipient=row.address, words=row.subject, message_id=row.mail_id
            )
    except IntegrityError:  # somebody else has just taken the same
        return 0
    return int(made)


def note_unreadable(provider: str, way: str, *, digest: str, why: str, at: datetime) -> None:
    """A post of a provider that is not understood: shown to an administrator."""
    Report.objects.get_or_create(
        provider=provider, way=way, key=digest,
        defaults={"kind": "unreadable", "received_at": at, "status": Status.UNREADABLE,
                  "why": why.replace("\0", "")[:300], "settled_at": at},
    )  # fmt: skip


def apply_due(*, at: datetime, batch: int = BATCH) -> int:
    """Do what kept reports ask for, each in a transaction of its own; returns how many were settled."""
    done = 0
    while done < batch and _apply_next(at=at):
        done += 1
    return done


@transaction.atomic
def _apply_next(*, at: datetime) -> bool:
    rows = Report.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.filter(status=Status.TAKEN).order_by("pk").first()
    if row is None:
        return False
    try:
        with transaction.atomic():
            status, why = _apply(row, at=at)
    except DatabaseError:
        raise  # the server's trouble: it is tried again
    except Exception as wrong:
        log.exception("report %s could not be applied", row.pk)
        status, why = Status.UNREADABLE, f"It could not be applied: {type(wrong).__name__}."
    row.status, row.why, row.settled_at = status, why, at
    row.save(update_fields=["status", "why", "settled_at", "delivery"])
    return True


def _apply(row: Report, *, at: datetime) -> tuple[Status, str]:
    row.delivery = _delivery_of(row, at=at)
    if row.kind == "unsubscribed" or row.reason == "unsubscribed":
        return _unsubscribed(row, at=at)
    if row.delivery is None:
        return Status.NOTED, "About a mail that is not ours."
    happened = min(row.told_at or row.received_at, at)
    if row.kind == "delivered":
        comms.arrived(row.delivery, told_at=happened, at=at)
        return Status.APPLIED, ""
    comms.was_taken(row.delivery, at=at)
    step = STEPS.get(row.reason if row.kind == "rejected" else row.kind, _soft)
    step(row, row.delivery, happened)
    return Status.APPLIED, ""


def _delivery_of(row: Report, *, at: datetime) -> Delivery | None:
    """By our Message-ID; of what came back also by its reader, where the provider sends it under a
    name of its own."""
    found = None
    if row.message_id:
        found = Delivery.objects.filter(message_id=row.message_id).first()
    if found is None and row.recipient and row.kind in {"bounced", "complained", "rejected"}:
        recent = Delivery.objects.filter(
            provider=row.provider, recipient__iexact=row.recipient, sent_at__gt=at - LOOKS_BACK
        )
        found = recent.order_by("-sent_at", "-pk").first()
    return found


def _unsubscribed(row: Report, *, at: datetime) -> tuple[Status, str]:
    address = row.recipient or (row.delivery.recipient if row.delivery else "")
    if not address:
        return Status.NOTED, "It does not say who."
    kind = row.delivery.leave_by if row.delivery else ""
    why = f"{row.provider} says that she unsubscribed."
    comms.leave(address, kind=kind or "announcement", at=at, why=why)
    return Status.APPLIED, ""


def _bounced(row: Report, delivery: Delivery, at: datetime) -> None:
    comms.bounced(delivery, hard=row.hard, why=row.words or "The provider says so.", at=at)


def _hard(row: Report, delivery: Delivery, at: datetime) -> None:
    comms.bounced(delivery, hard=True, why=row.words or "The provider does not send to it.", at=at)


def _soft(row: Report, delivery: Delivery, at: datetime) -> None:
    comms.bounced(delivery, hard=False, why=row.words or "The provider did not send it.", at=at)


def _complained(row: Report, delivery: Delivery, at: datetime) -> None:
    comms.complained(delivery, why=row.words or "Reported to the provider.", at=at)


# By kind; a rejected mail by its reason: the provider keeps a list of addresses of its own.
STEPS: Final[Mapping[str, Callable[[Report, Delivery, datetime], None]]] = {
    "bounced": _bounced, "complained": _complained, "failed": _soft,
    "invalid": _hard, "spam": _complained,
}  # fmt: skip


def forget_reports(*, at: datetime) -> int:
    """Delete reports that no provider sends again; what they changed stands elsewhere."""
    old = Report.objects.filter(received_at__lt=at - KEPT_FOR).exclude(status=Status.TAKEN)
    pks = list(old.order_by("received_at").values_list("pk", flat=True)[:DELETED_AT_ONCE])
    return Report.objects.filter(pk__in=pks).delete()[0]
