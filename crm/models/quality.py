"""How right the records are: scores, likely duplicates, merges, rules, people erased."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crm.models.lists import RecordKind
from crm.models.records import EVERY_TERRITORY, Account, Contact, Territory
from people.models import User


class RecordScoreQuerySet(models.QuerySet["RecordScore"]):
    def visible_to(self, user: User) -> "RecordScoreQuerySet":
        if user.has_perm(EVERY_TERRITORY):
            return self
        return self.filter(account__in=Account.objects.visible_to(user))


class RecordScore(models.Model):
    """How complete and fresh a record is, 0 to 100. Derived: a follower of the journal keeps it.

    Owner, team, territory and tier are those of the record, copied, so that a list is one index.
    """

    kind = models.CharField(max_length=8, choices=RecordKind)
    record_id = models.BigIntegerField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    territory_id = models.BigIntegerField(null=True)
    rank = models.PositiveSmallIntegerField(help_text="0 for key accounts; small ones come last.")
    score = models.PositiveSmallIntegerField()
    gaps = ArrayField(models.CharField(max_length=20), default=list)
    again_at = models.DateTimeField(null=True, help_text="When time alone changes the score.")
    at = models.DateTimeField()

    objects = RecordScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "record_id"], name="crm_recordscore_once"),
            models.CheckConstraint(name="crm_recordscore_range", condition=Q(score__lte=100)),
        ]
        indexes = [
            models.Index(fields=["kind", "rank", "score", "id"], name="crm_recordscore_worst"),
            models.Index(
                fields=["owner_id", "kind", "rank", "score", "id"], name="crm_recordscore_of"
            ),
            models.Index(
                fields=["again_at"], name="crm_recordscore_again",
                condition=Q(again_at__isnull=False),
            ),
            GinIndex(fields=["gaps"], name="crm_recordscore_gaps"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}: {self.score}"


class ScoreTallyQuerySet(models.QuerySet["ScoreTally"]):
    def visible_to(self, user: User) -> "ScoreTallyQuerySet":
        if user.has_perm(EVERY_TERRITORY):
            return self
        closed = Territory.objects.filter(is_closed=True).exclude(teams=user.team_id)
        keys = closed.values("pk")
        return self.filter(
            Q(territory_id=None) | ~Q(territory_id__in=keys) | Q(owner_id=user.pk)
        )  # fmt: skip


class ScoreTally(models.Model):
    """Sums of scores by owner and territory, so that the page costs the same with any number."""

    kind = models.CharField(max_length=8, choices=RecordKind)
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    territory_id = models.BigIntegerField(null=True)
    count = models.IntegerField()
    total = models.BigIntegerField(help_text="Of the scores.")
    gaps = models.JSONField(help_text="{gap: how many}")

    objects = ScoreTallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner_id", "team_id", "territory_id"], name="crm_scoretally_once",
                nulls_distinct=False,
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"


class MatchKey(models.Model):
    """What a record shares with records that may be the same: the hash of a blocking key. Derived."""

    kind = models.CharField(max_length=8, choices=RecordKind)
    record_id = models.BigIntegerField()
    key = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["key", "record_id"], name="crm_matchkey_key"),
            models.Index(fields=["kind", "record_id"], name="crm_matchkey_record"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    def open(self) -> "DuplicatePairQuerySet":
        return self.filter(state=DuplicatePair.State.OPEN)

    def visible_to(self, user: User) -> "DuplicatePairQuerySet":
        """Pairs of which `user` may see both records."""
        if user.has_perm(EVERY_TERRITORY):
            return self
        both = Q()
        for kind, rows in (
            ("account", Account.objects.visible_to(user)), ("contact", Contact.objects.visible_to(user)),
        ):  # fmt: skip
            seen = rows.values("pk")
            both |= Q(kind=kind, first_id__in=seen, second_id__in=seen)
        return self.filter(both)


class DuplicatePair(models.Model):
    """Two records that may be one. Once decided, it never comes back."""

    class State(models.TextChoices):
        OPEN = "open", "To be looked at"
        DIFFERENT = "different", "Not the same"
        MERGED = "merged", "Merged"

    kind = models.CharField(max_length=8, choices=RecordKind)
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    score = models.PositiveSmallIntegerField(help_text="0 to 100.")
    is_sure = models.BooleanField(help_text="Above the threshold; below it: look at it.")
    reasons = models.JSONField(help_text="[[field, words, points]]")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "first_id", "second_id"], name="crm_duplicatepair_once"
            ),
            models.CheckConstraint(
                name="crm_duplicatepair_ordered", condition=Q(first_id__lt=F("second_id"))
            ),
            models.CheckConstraint(
                name="crm_duplicatepair_decided_means_when",
                condition=Q(state="open", decided_at=None)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "-score", "-id"], name="crm_duplicatepair_open",
                condition=Q(state="open"),
            ),
            models.Index(fields=["kind", "second_id"], name="crm_duplicatepair_second"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.first_id} and {self.second_id}: {self.score}"


class DuplicateScan(models.Model):
    """One look over all records of a kind, made in a worker."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    kind = models.CharField(max_length=8, choices=RecordKind)
    status = models.CharField(max_length=7, choices=Status, default=Status.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text="Records whose keys have been made.")
    compared = models.BigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(
        default=0, help_text="Blocks that were too large to compare each with each."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], name="crm_duplicatescan_one_at_a_time",
                condition=~Q(status="done"),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_status_display()}"


class MergedRecordQuerySet(models.QuerySet["MergedRecord"]):
    def visible_to(self, user: User) -> "MergedRecordQuerySet":
        """Merges into records that `user` may see."""
        if user.has_perm(EVERY_TERRITORY):
            return self
        accounts = Account.objects.visible_to(user).values("pk")
        people = Contact.objects.visible_to(user).values("pk")
        return self.filter(
            Q(kind="account", new_id__in=accounts) | Q(kind="contact", new_id__in=people)
        )


class MergedRecord(models.Model):
    """One record that became part of another: where its old address leads, and the way back."""

    kind = models.CharField(max_length=8, choices=RecordKind)
    old_id = models.BigIntegerField()
    new_id = models.BigIntegerField()
    moved = models.JSONField(help_text="{model.field: [keys]}")
    clashed = models.JSONField(
        default=list, help_text="[[model, key, field, words]]: stayed with the old record."
    )
    before = models.JSONField(help_text="{field: value}, of the record that stays.")
    after = models.JSONField(help_text="{field: value}, what the choice made of them.")
    old_before = models.JSONField(help_text="{field: value}, of the record that goes.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    kept = models.JSONField(default=list, help_text="Words: what was changed since, and stays.")

    objects = MergedRecordQuerySet.as_manager()

    class Meta:
        permissions = [("merge_records", "Can merge records and take a merge back")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "old_id"],
                name="crm_mergedrecord_once",
                condition=Q(undone_at=None),
            ),
            models.CheckConstraint(name="crm_mergedrecord_two", condition=~Q(old_id=F("new_id"))),
        ]
        indexes = [
            models.Index(fields=["kind", "new_id"], name="crm_mergedrecord_new"),
            models.Index(fields=["-at", "-id"], name="crm_mergedrecord_at"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.old_id} into {self.new_id}"


class ValidationRule(models.Model):
    """What a record must be like, said in the browser and held at every door."""

    class Condition(models.TextChoices):
        REQUIRED = "required", "must not be empty"
        ONE_OF = "one_of", "must be one of"
        RANGE = "range", "must be a number between"
        NOT_PAST = "not_past", "must not lie in the past"
        MASK = "mask", "must look like"

    class Severity(models.TextChoices):
        REFUSE = "refuse", "Refuse to save"
        WARN = "warn", "Warn"

    kind = models.CharField("records", max_length=8, choices=RecordKind)
    field = models.CharField(max_length=60)
    condition = models.CharField(max_length=8, choices=Condition)
    args = models.JSONField(default=dict, blank=True, help_text="{values: [], low, high, mask}")
    when_field = models.CharField(max_length=60, blank=True)
    when_value = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=200)
    severity = models.CharField(max_length=6, choices=Severity, default=Severity.REFUSE)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="crm_validationrule_says_something", condition=~Q(field="") & ~Q(message="")
            )
        ]
        indexes = [
            models.Index(
                fields=["kind", "id"], name="crm_validationrule_active",
                condition=Q(is_active=True),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.field} {self.get_condition_display()}"


class Erasure(models.Model):
    """That a person was erased: no name, no address, only their digests, and what was done."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    contact_id = models.BigIntegerField(help_text="The key that the contact had; no foreign key.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="Keyed SHA-256 of the mail address, lower case."
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.QUEUED)
    ground = models.CharField(max_length=20, help_text="Why it was asked for: a word of a list.")
    counts = models.JSONField(default=dict, help_text="{what: how many}")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("erase_person", "Can export and erase what is kept of a person")]
        constraints = [
            models.UniqueConstraint(fields=["contact_id"], name="crm_erasure_once"),
            models.CheckConstraint(
                name="crm_erasure_done_means_when",
                condition=Q(finished_at=None) | Q(status="done"),
            ),
        ]

    def __str__(self) -> str:
        return f"Person {self.contact_id}, {self.get_status_display().lower()}"
