"""Material with its versions, its tags, and the words by which it is found."""

from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression

from kit.search import Trigrams

MOST_TEXT: Final = 200_000  # letters of a file that are kept
MOST_FOUND: Final = 100_000  # of them are searched: a tsvector ends at a megabyte


class Kind(models.TextChoices):
    DECK = "deck", "Deck"
    CASE = "case", "Case study"
    PRICES = "prices", "Price sheet"
    CONTRACT = "contract", "Contract"
    TEMPLATE = "template", "Template"
    OTHER = "other", "Other"


class Sort(models.TextChoices):
    """What a tag speaks of."""

    STAGE = "stage", "Stage of a deal"
    INDUSTRY = "industry", "Industry"
    PRODUCT = "product", "Product"
    LANGUAGE = "language", "Language"
    FREE = "free", "Other"


class MaterialQuerySet(models.QuerySet["Material"]):
    def live(self) -> "MaterialQuerySet":
        """Not archived."""
        return self.filter(archived_at=None)

    def offered(self, today: date) -> "MaterialQuerySet":
        """What may be suggested and newly shared: live, and not past its last day."""
        return self.live().filter(Q(expires_on=None) | Q(expires_on__gte=today))

    def expiring(self, until: date) -> "MaterialQuerySet":
        """Live, with a last day up to `until`; also what has expired already."""
        return self.live().filter(expires_on__lte=until)


class Material(models.Model):
    """Something that helps to sell. `current` is its one version that is given out."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    description = models.TextField(max_length=5_000, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    current = models.OneToOneField("Version", models.PROTECT, related_name="current_of")
    review_on = models.DateField(null=True, help_text="When its owner looks it through again.")
    expires_on = models.DateField(null=True, help_text="Its last day.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # How often it was opened here, shared by link, and sent with a message: read in every list.
    opened = models.PositiveIntegerField(default=0, db_default=0)
    shared = models.PositiveIntegerField(default=0, db_default=0)
    sent = models.PositiveIntegerField(default=0, db_default=0)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "material"
        constraints = [
            models.CheckConstraint(name="library_material_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="library_material_kind_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="library_material_archived_by_somebody",
                condition=Q(archived_at=None, archived_by=None)
                | Q(archived_at__isnull=False, archived_by__isnull=False),
            ),
        ]
        indexes = [
            GinIndex(Trigrams("title"), name="library_material_trigrams"),
            models.Index(
                fields=["changed_at", "id"], name="library_material_live",
                condition=Q(archived_at=None),
            ),
            models.Index(
                fields=["expires_on", "id"], name="library_material_expires",
                condition=Q(archived_at=None, expires_on__isnull=False),
            ),
            models.Index(
                fields=["review_on", "id"], name="library_material_review",
                condition=Q(archived_at=None, review_on__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    @property
    def glyph(self) -> str:
        return GLYPHS[Kind(self.kind)]


GLYPHS: Final = {
    Kind.DECK: "stack-2", Kind.CASE: "star", Kind.PRICES: "coins", Kind.CONTRACT: "rubber-stamp",
    Kind.TEMPLATE: "template", Kind.OTHER: "file-text",
}  # fmt: skip


class Version(models.Model):
    """One file of a material, as it was from a moment on. Never changed and never deleted."""

    material = models.ForeignKey(Material, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255, help_text="What the file is called.")
    mime = models.CharField(max_length=100, help_text="The media type that its bytes were read as.")
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=32, unique=True)
    note = models.CharField(max_length=500, blank=True, help_text="What is new in it.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "number"], name="library_version_number_once"
            ),
            models.CheckConstraint(
                name="library_version_begins_at_1", condition=Q(number__gte=1)
            ),
            models.CheckConstraint(
                name="library_version_stored_under_a_random_name",
                condition=Q(stored_as__regex=r"^[0-9a-f]{32}$", sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="library_version_name_is_no_path",
                condition=~Q(name="") & ~Q(name__regex=r"[/\\[:cntrl:]]"),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["sha256"], name="library_version_sha256")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"


class Tag(models.Model):
    """One word by which material is sorted. `key` is the value in small letters."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="tags")
    sort = models.CharField(max_length=10, choices=Sort)
    value = models.CharField(max_length=60)
    key = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "sort", "key"], name="library_tag_once"
            ),
            models.CheckConstraint(
                name="library_tag_says_something",
                condition=Q(sort__in=Sort.values) & ~Q(value="") & ~Q(key=""),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["sort", "key", "material"], name="library_tag_find")]

    def __str__(self) -> str:
        return self.value


class Favourite(models.Model):
    """Somebody wants to find it again. Personal: no journal entry."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, models.CASCADE, related_name="favourites")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "material"], name="library_favourite_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.material}"


def _vector(column: str, weight: str) -> CombinedExpression:
    """As it stands (names, numbers, other languages), and by the stems of English."""
    return SearchVector(column, config="simple", weight=weight) + SearchVector(
        column, config="english", weight=weight
    )


class Words(models.Model):
    """What a material is found by; the database keeps the vector itself."""

    material = models.OneToOneField(
        Material, models.CASCADE, primary_key=True, related_name="words"
    )
    title = models.TextField()
    tags = models.TextField(blank=True)
    about = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="Of the file of the current version.")
    vector = models.GeneratedField(
        expression=_vector("title", "A") + _vector("tags", "B") + _vector("about", "C")
        + _vector("text", "D"),
        output_field=SearchVectorField(),
        db_persist=True,
    )  # fmt: skip

    class Meta:
        verbose_name_plural = "words"
        indexes = [GinIndex(F("vector"), name="library_words_vector")]

    def __str__(self) -> str:
        return self.title
