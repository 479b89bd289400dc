"""Documents that a customer was asked for: the ask, its links, what came."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from comms.models import Attachment, Message, Thread
from crm.models import Account, Contact
from kit.zones import check_zone

MOST_FILES: Final = 10  # of one ask at a time


class Status(models.TextChoices):
    OPEN = "open", "Waiting for the customer"
    RECEIVED = "received", "To check"
    RETURNED = "returned", "Sent back"
    ACCEPTED = "accepted", "Accepted"
    WITHDRAWN = "withdrawn", "Withdrawn"


# Every status is a key, so a dead end is written down rather than forgotten. What came by mail, or
# on paper, is accepted without a file here.
MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.OPEN: frozenset({Status.RECEIVED, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.RECEIVED: frozenset({Status.RETURNED, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.RETURNED: frozenset({Status.RECEIVED, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.ACCEPTED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}
WAITING: Final = (Status.OPEN, Status.RETURNED)  # it is the customer's turn
LIVE: Final = (Status.OPEN, Status.RECEIVED, Status.RETURNED)
CLOSED: Final = (Status.ACCEPTED, Status.WITHDRAWN)


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class DocumentAskQuerySet(models.QuerySet["DocumentAsk"]):
    def waiting(self) -> "DocumentAskQuerySet":
        return self.filter(status__in=WAITING)

    def to_check(self) -> "DocumentAskQuerySet":
        return self.filter(status=Status.RECEIVED)

    def overdue(self, now: datetime) -> "DocumentAskQuerySet":
        """Past their deadline and still with the customer; overdue is no status of its own."""
        return self.waiting().filter(due_at__lt=now)

    def closed(self) -> "DocumentAskQuerySet":
        return self.filter(status__in=CLOSED)

    def about(self, subject_type: str, subject_id: int) -> "DocumentAskQuerySet":
        return self.filter(subject_type=subject_type, subject_id=subject_id)


class DocumentAsk(models.Model):
    """One or more documents that a contact was asked for, about an object with a conversation."""

    title = models.CharField(max_length=200)
    words = models.TextField(max_length=5_000, help_text="What is needed, and why.")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="document_asks")
    contact_name = models.CharField(max_length=200, help_text="Outlives the contact.")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    # What it is about, by value: apps above this one have their own tables.
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=200)
    thread = models.ForeignKey(Thread, models.PROTECT, related_name="+")

    # The deadline as it was agreed, on the wall clock of a zone, and the instant that it means.
    due_on = models.DateField()
    due_time = models.TimeField()
    zone = models.CharField(max_length=60, validators=[check_zone])
    due_at = models.DateTimeField()

    template = models.ForeignKey(
        Attachment, models.PROTECT, null=True, related_name="+", help_text="To be filled in."
    )
    max_files = models.PositiveSmallIntegerField(default=1, db_default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    round = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Grows each time that it is sent back."
    )
    reason = models.CharField(
        max_length=500, blank=True, help_text="Why it was sent back, or withdrawn."
    )
    mails = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many mails the customer was owed."
    )
    reminded_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True, help_text="When a link was opened first.")
    received_at = models.DateTimeField(null=True, help_text="When files came last.")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = DocumentAskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="documents_ask_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="documents_ask_says_what", condition=~Q(title="") & ~Q(words="")
            ),
            models.CheckConstraint(
                name="documents_ask_about_something",
                condition=~Q(subject_type="") & Q(subject_id__gt=0),
            ),
            models.CheckConstraint(
                name="documents_ask_files_in_reason",
                condition=Q(max_files__gte=1, max_files__lte=MOST_FILES),
            ),
            models.CheckConstraint(
                name="documents_ask_closed_by_somebody",
                condition=Q(status__in=CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                | Q(status__in=LIVE, closed_at=None, closed_by=None),
            ),
            models.CheckConstraint(
                name="documents_ask_received_has_a_time",
                condition=~Q(status__in=["received", "returned"]) | Q(received_at__isnull=False),
            ),
            models.CheckConstraint(
                name="documents_ask_returned_says_why",
                condition=~Q(status="returned") | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="documents_ask_due_after_it_was_asked",
                condition=Q(due_at__gt=F("asked_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="documents_ask_waiting",
                condition=Q(status__in=WAITING),
            ),
            models.Index(
                fields=["received_at", "id"], name="documents_ask_to_check",
                condition=Q(status=Status.RECEIVED),
            ),
            models.Index(
                fields=["-closed_at", "-id"], name="documents_ask_done",
                condition=Q(status__in=CLOSED),
            ),
            models.Index(fields=["subject_type", "subject_id"], name="documents_ask_subject"),
            models.Index(fields=["asked_by", "status"], name="documents_ask_asked_by"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def move(self, to: Status) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise IllegalMove(self.refusal())
        self.status = to

    def refusal(self) -> str:
        """Why nothing of this kind can be done now."""
        said = {
            Status.OPEN: "Nothing has come for “{}” yet.",
            Status.RECEIVED: "“{}” has come and waits to be checked.",
            Status.RETURNED: "“{}” was sent back already; it is the customer's turn.",
            Status.ACCEPTED: "“{}” is accepted already.",
            Status.WITHDRAWN: "“{}” was withdrawn.",
        }[Status(self.status)]
        return said.format(self.title)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_waiting(self) -> bool:
        """Whether it is the customer's turn."""
        return self.status in WAITING

    @property
    def due_words(self) -> str:
        """The deadline as it was agreed: Friday 4 December 2026, 17:00 (Europe/Amsterdam)."""
        local = self.due_at.astimezone(ZoneInfo(self.zone))
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({self.zone})"


class AskLink(models.Model):
    """A key by which the customer opens an ask. Several may live at once: a mail is found again
    after the next one has come. Only a digest is kept."""

    ask = models.ForeignKey(DocumentAsk, models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="documents_asklink_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="documents_asklink_lasts_a_while", condition=Q(expires_at__gt=F("made_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["ask"], name="documents_asklink_live", condition=Q(revoked_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"Link to {self.ask_id}, until {self.expires_at:%Y-%m-%d}"


class DocumentFile(models.Model):
    """One file that came for an ask, in one of its rounds; it stands beside the message by which it
    came."""

    ask = models.ForeignKey(DocumentAsk, models.CASCADE, related_name="files")
    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="documents_file_round_begins_at_1", condition=Q(round__gte=1)
            )
        ]
        indexes = [models.Index(fields=["ask", "round"], name="documents_file_of_round")]

    def __str__(self) -> str:
        return f"File of {self.ask_id}"
