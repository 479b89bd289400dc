"""Material as people keep it: added, described, archived, brought back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from journal import services as journal
from kit import uploads
from kit.uploads import store
from library.models import Favourite, Kind, Material, Reading, Sort, Tag, Version, Words
from library.models.material import MOST_FOUND
from library.services.refusals import BadMaterial, Settled
from people.models import User

MOST_TAGS: Final = 30
LONGEST_TAG: Final = 60
Tags = Mapping[str, Sequence[str]]


@transaction.atomic
def add(
    *, title: str, kind: str, owner: User, file: BinaryIO, name: str, by: User, at: datetime,
    description: str = "", tags: Tags | None = None, note: str = "",
    review_on: date | None = None, expires_on: date | None = None,
) -> Material:  # fmt: skip
    """Keep new material with its first version, which waits to be read.

    `name` is what the file is called; `tags` are words by Sort.

    :raises BadMaterial: without a title, for too many or too long tags, an owner who has left.
    :raises UploadRefused: for a file that is not taken.
    """
    row = Material(
        title=_title(title), kind=_kind(kind), owner=_owner(owner), description=description.strip(),
        review_on=review_on, expires_on=expires_on, created_at=at, created_by=by, changed_at=at,
        current_id=_next_version(),
    )  # fmt: skip
    row.save(force_insert=True)
    keep_version(row, file, name=name, note=note, number=1, by=by, at=at)
    _set_tags(row, tags or {})
    index(row)
    record("library.material.added", row, by=by, at=at, kind=row.kind)
    return row


@transaction.atomic
def change(
    row: Material, *, title: str, kind: str, owner: User, by: User, at: datetime,
    description: str = "", tags: Tags | None = None, review_on: date | None = None,
    expires_on: date | None = None,
) -> None:  # fmt: skip
    """Describe it anew; tags that are left out are taken away. What is the same changes nothing.

    :raises BadMaterial: as for `add`.
    """
    lock(row)
    before = _state(row)
    row.title, row.kind, row.owner = _title(title), _kind(kind), _owner(owner)
    row.description, row.review_on, row.expires_on = description.strip(), review_on, expires_on
    _set_tags(row, tags or {})
    changed = sorted(name for name, value in _state(row).items() if value != before[name])
    if not changed:
        return
    row.changed_at = at
    row.save(update_fields=[
        "title", "kind", "owner", "description", "review_on", "expires_on", "changed_at",
    ])  # fmt: skip
    index(row)
    record("library.material.changed", row, by=by, at=at, fields=changed)


@transaction.atomic
def archive(row: Material, *, by: User, at: datetime) -> None:
    """Put it away: it is not found, suggested or shared any more; links to it show it no longer.

    :raises Settled: if it is archived already.
    """
    lock(row)
    if row.archived_at is not None:
        raise Settled(f"“{row.title}” is archived already.")
    row.archived_at, row.archived_by, row.changed_at = at, by, at
    row.save(update_fields=["archived_at", "archived_by", "changed_at"])
    record("library.material.archived", row, by=by, at=at)


@transaction.atomic
def bring_back(row: Material, *, by: User, at: datetime) -> None:
    """Offer it again.

    :raises Settled: if it is not archived.
    """
    lock(row)
    if row.archived_at is None:
        raise Settled(f"“{row.title}” is not archived.")
    row.archived_at, row.archived_by, row.changed_at = None, None, at
    row.save(update_fields=["archived_at", "archived_by", "changed_at"])
    record("library.material.brought_back", row, by=by, at=at)


@transaction.atomic
def add_version(
    row: Material, *, file: BinaryIO, name: str, by: User, at: datetime, note: str = ""
) -> Version:
    """Another file for the same material; it is the current one from now on.

    :raises Settled: if the same file is the current one already, or the material is archived.
    :raises UploadRefused: for a file that is not taken.
    """
    lock(row)
    if row.archived_at is not None:
        raise Settled(f"“{row.title}” is archived. Bring it back first.")
    last = row.versions.order_by("-number").values_list("number", flat=True)[0]
    row.current_id, row.changed_at = _next_version(), at
    version = keep_version(row, file, name=name, note=note, number=last + 1, by=by, at=at)
    row.save(update_fields=["current", "changed_at"])
    index(row)
    record("library.version.added", row, by=by, at=at, number=version.number, sha256=version.sha256)
    return version


@transaction.atomic
def make_current(version: Version, *, by: User, at: datetime) -> None:
    """Give out an older version again; the newer ones are kept.

    :raises Settled: if it is the current one.
    """
    row = version.material
    lock(row)
    if row.current_id == version.pk:
        raise Settled(f"Version {version.number} is the current one already.")
    row.current, row.changed_at = version, at
    row.save(update_fields=["current", "changed_at"])
    index(row)
    record("library.version.restored", row, by=by, at=at, number=version.number)


def set_favourite(row: Material, *, wanted: bool, by: User, at: datetime) -> None:
    """Mark it for oneself, or not any more; twice changes nothing. Personal: no journal entry."""
    if wanted:
        Favourite.objects.get_or_create(user=by, material=row, defaults={"at": at})
    else:
        Favourite.objects.filter(user=by, material=row).delete()


def count_opened(row: Material) -> None:
    """Somebody here opened it; a figure, no journal entry."""
    Material.objects.filter(pk=row.pk).update(opened=F("opened") + 1)


def lock(row: Material) -> None:
    """Read it again and keep it until the transaction ends."""
    row.refresh_from_db(from_queryset=Material.objects.select_for_update(of=("self",)))


def record(action: str, row: Material, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(action, row, by=by, at=at, data=data)


def index(row: Material) -> None:
    """Write what it is found by, in the caller's transaction."""
    text = Reading.objects.filter(version=row.current_id).values_list("text", flat=True).first()
    Words.objects.update_or_create(
        material=row,
        defaults={
            "title": row.title, "about": row.description, "text": (text or "")[:MOST_FOUND],
            "tags": " ".join(row.tags.order_by("pk").values_list("value", flat=True)),
        },
    )  # fmt: skip


def keep_version(
    row: Material, file: BinaryIO, *, name: str, note: str, number: int, by: User, at: datetime
) -> Version:
    """Keep the file under the key that `row.current_id` holds already. The file is written before
    its row; when the transaction is undone, the clean-up of files finds it."""
    kind = uploads.inspect(file, name)
    kept = store.keep(file)
    current = Version.objects.filter(material=row).order_by("-number").first()
    if current is not None and current.sha256 == kept.sha256:
        store.delete(kept.name)
        raise Settled("This is the file of the newest version already.")
    version = Version.objects.create(
        pk=row.current_id, material=row, number=number, name=uploads.clean_name(name),
        mime=kind.mime, size=kept.size, sha256=kept.sha256, stored_as=kept.name,
        note=" ".join(note.split())[:500], by=by, at=at,
    )  # fmt: skip
    Reading.objects.create(version=version)
    return version


def _next_version() -> int:
    """The key of a version that is about to be: it and its material name each other."""
    with connection.cursor() as sql:
        sql.execute("SELECT nextval(pg_get_serial_sequence('library_version', 'id'))")
        return int(sql.fetchone()[0])


def _title(title: str) -> str:
    found = " ".join(title.split())[:200]
    if not found:
        raise BadMaterial("Give it a title.", "title")
    return found


def _kind(kind: str) -> str:
    if kind not in Kind.values:
        raise BadMaterial("There is no such kind of material.", "kind")
    return kind


def _owner(owner: User) -> User:
    if not owner.is_active:
        raise BadMaterial(f"{owner} is not here any more. Choose another owner.", "owner")
    return owner


def _set_tags(row: Material, tags: Tags) -> None:
    wanted: dict[tuple[str, str], str] = {}
    for sort, values in tags.items():
        for value in values:
            word = " ".join(value.split())
            if not word:
                continue
            if len(word) > LONGEST_TAG:
                raise BadMaterial(f"A tag has {LONGEST_TAG} letters at most.", sort)
            wanted.setdefault((Sort(sort).value, word.casefold()[:LONGEST_TAG]), word)
    if len(wanted) > MOST_TAGS:
        raise BadMaterial(f"{MOST_TAGS} tags at most.", "free")
    known = {(tag.sort, tag.key): tag for tag in row.tags.all()}
    gone = [tag.pk for place, tag in known.items() if wanted.get(place) != tag.value]
    Tag.objects.filter(pk__in=gone).delete()
    Tag.objects.bulk_create(
        Tag(material=row, sort=sort, key=key, value=value)
        for (sort, key), value in wanted.items()
        if (sort, key) not in known or known[sort, key].value != value
    )


def _state(row: Material) -> dict[str, Any]:
    names = ("title", "kind", "owner_id", "description", "review_on", "expires_on")
    tags = sorted(Tag.objects.filter(material=row).values_list("sort", "value"))
    return {name: getattr(row, name) for name in names} | {"tags": tags}


def today(at: datetime) -> date:
    """The portal's day at an instant: days of material are days of the house."""
    return timezone.localdate(at, timezone.get_default_timezone())
