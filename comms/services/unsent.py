"""Words that are not said yet: kept for their writer on any device, with the files chosen for them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from django.db import transaction
from django.db.models import Model

from comms.models import Attachment, Delivery, DeliveryFile, Message, Unsent, UnsentFile, WordsTaken
from comms.parties import parties_of
from comms.services.along import MOST_FILES
from comms.services.refusals import Unsendable
from kit import uploads
from kit.uploads import store
from people.models import User

OLD: Final = timedelta(days=60)  # a draft that nobody touched for so long is given up


@dataclass(frozen=True)
class Typed:
    """A composer as it was left: nothing in it needs to be valid yet."""

    body: str = ""
    to: str = ""
    typed_for: str = ""
    subject_line: str = ""
    needs: str = ""
    taken: str = ""
    contacts: list[int] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    quotes: Message | None = None


def draft_of(user: User, subject: Model) -> Unsent | None:
    """What `user` began to write there."""
    return (
        Unsent.objects.drafts()
        .filter(user=user, subject_type=subject._meta.label_lower, subject_id=subject.pk)
        .select_related("quotes")
        .first()
    )


@transaction.atomic
def keep_draft(subject: Model, typed: Typed, *, by: User, at: datetime) -> Unsent:
    """Keep what is typed so far; the last of two devices wins. Personal: no journal entry."""
    fields = {name: getattr(typed, name) for name in typed.__dataclass_fields__}
    row, _ = Unsent.objects.update_or_create(
        user=by, subject_type=subject._meta.label_lower, subject_id=subject.pk,
        status=Unsent.Status.DRAFT, defaults={**fields, "saved_at": at},
    )  # fmt: skip
    return row


def drop_draft(subject: Model, *, by: User) -> None:
    """Forget what was begun; its files are deleted from the disk within a day."""
    Unsent.objects.drafts().filter(
        user=by, subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).delete()


@transaction.atomic
def stage(draft: Unsent, file: BinaryIO, *, name: str, at: datetime) -> UnsentFile:
    """Keep a file for words that are not said yet.

    :raises TooLarge: | :raises NotAllowed: as for any file.
    :raises Unsendable: beyond ten files.
    """
    Unsent.objects.select_for_update().get(pk=draft.pk)
    if draft.files.count() >= MOST_FILES:
        raise Unsendable(f"A message has at most {MOST_FILES} files.")
    kind = uploads.inspect(file, name)
    kept = store.keep(file)
    return UnsentFile.objects.create(
        unsent=draft, name=_free(draft, uploads.clean_name(name)), kind=kind.mime, size=kept.size,
        sha256=kept.sha256, stored_as=kept.name, at=at,
    )  # fmt: skip


def _free(draft: Unsent, name: str) -> str:
    """`name`, or the like: two files of one message are told apart."""
    taken = set(draft.files.values_list("name", flat=True))
    stem, dot, ending = name.rpartition(".")
    found, n = name, 1
    while found in taken:
        n += 1
        found = f"{stem[:200]}-{n}{dot}{ending}"
    return found


@transaction.atomic
def unstage(draft: Unsent, pk: int) -> None:
    """Take one file out of what is not said yet; one that is not there is out already."""
    file = draft.files.filter(pk=pk).first()
    if file is not None:
        name = file.stored_as
        file.delete()
        transaction.on_commit(lambda: store.delete(name))


@transaction.atomic
def take_into_draft(message: Message, subject: Model, *, by: User, at: datetime) -> bool:
    """After it was taken back: words, readers, papers and files are a draft again.

    Returns whether they are; a draft that was begun meanwhile is not overwritten.
    """
    if draft_of(by, subject) is not None:
        return False
    mails = list(Delivery.objects.filter(written=message).order_by("pk"))
    papers = DeliveryFile.objects.filter(delivery__in=mails[:1]).exclude(drawn_by="").order_by("pk")
    usual = " ".join(parties_of(subject).title.split())[:250]
    own = next((mail.subject for mail in mails if mail.subject != usual), "")
    typed = Typed(
        body=message.body, to=message.visibility, typed_for=message.visibility, subject_line=own[:200],
        contacts=[mail.contact_id for mail in mails if mail.contact_id], quotes=message.quotes,
        papers=[f"{paper.drawn_by}:{paper.drawn_of}" for paper in papers],
        taken=" ".join(
            f"{one.key}@{one.version}" for one in WordsTaken.objects.filter(message=message).order_by("pk")
        ),
    )  # fmt: skip
    draft = keep_draft(subject, typed, by=by, at=at)
    for row in Attachment.objects.filter(message=message, removed_at=None).order_by("pk"):
        with store.path_of(row.stored_as).open("rb") as file:
            stage(draft, file, name=row.name, at=at)
    return True


def forget_drafts(*, at: datetime) -> int:
    """Give up drafts that nobody touched for two months; returns how many rows went."""
    return Unsent.objects.drafts().filter(saved_at__lt=at - OLD).delete()[0]
