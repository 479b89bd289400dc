"""Material as a file of a message that is being written."""

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from comms import services as comms
from comms.models import UnsentFile
from kit.uploads import store
from library.models import Material, Version
from library.services.material import today
from library.services.refusals import NotOffered
from people.models import User


@transaction.atomic
def attach(row: Material, subject: Model, *, by: User, at: datetime) -> UnsentFile:
    """Put the current version beside what `by` writes about `subject`; a draft begins if there is
    none. Personal until it is sent: no journal entry.

    :raises NotOffered: if it is archived or expired, or its file is gone.
    :raises Unsendable: beyond ten files.
    """
    if not Material.objects.offered(today(at)).filter(pk=row.pk).exists():
        raise NotOffered(f"“{row.title}” is expired or archived and cannot be sent.")
    version = Version.objects.get(pk=row.current_id)
    draft = comms.draft_of(by, subject) or comms.keep_draft(subject, comms.Typed(), by=by, at=at)
    try:
        with store.path_of(version.stored_as).open("rb") as file:
            return comms.stage(draft, file, name=version.name, at=at)
    except FileNotFoundError as gone:
        raise NotOffered(f"The file of “{row.title}” is not there any more.") from gone
