"""What happened, in commit order; who has read how far; what was asked twice."""

from django.db import models
from django.db.models import Q

from journal.fields import CurrentTransactionId, TransactionIdField


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, subject: models.Model) -> "EntryQuerySet":
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)

    def newest_first(self) -> "EntryQuerySet":
        return self.order_by("-at", "-pk")


class Entry(models.Model):
    """One change of state. Append-only: the database refuses UPDATE and DELETE.

    Actors and subjects are kept by value, without foreign keys, so that an entry outlives the
    rows that it speaks of.
    """

    txid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    at = models.DateTimeField()
    action = models.CharField(max_length=80)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=200, blank=True)
    account_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["txid", "id"], name="journal_entry_commit_order"),
            models.Index(fields=["subject_type", "subject_id", "at"], name="journal_entry_subject"),
            models.Index(
                fields=["account_id", "at"],
                name="journal_entry_account",
                condition=Q(account_id__isnull=False),
            ),
            models.Index(fields=["at", "id"], name="journal_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class Cursor(models.Model):
    """How far a follower has read; moved in the same transaction as what it wrote."""

    name = models.CharField(max_length=60, primary_key=True)
    txid = TransactionIdField(default=0)
    entry_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.txid}/{self.entry_id}"


class IdempotencyKey(models.Model):
    """A creating request that was answered; the same key again gets the same answer."""

    actor_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    reply = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_id", "key"], name="journal_idempotencykey_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="journal_idempotency_age")]

    def __str__(self) -> str:
        return self.key
