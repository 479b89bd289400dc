"""Where a mail stands once it was looked at."""

from datetime import datetime

from mailroom.models import Incoming


def settle(row: Incoming, status: str, why: str, *, at: datetime) -> None:
    """Where it stands from now on; filing keeps that for all mails of a transaction."""
    said = (why or row.why).replace("\0", "").encode("utf-8", "replace").decode()
    row.status, row.why, row.settled_at = status, said[:500], at
