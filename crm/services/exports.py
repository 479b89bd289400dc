"""Exports are written down: who took what out, and how much of it."""

from datetime import datetime

from journal import services as journal
from people.models import User


def note_export(*, kind: str, form: str, rows: int, filters: str, by: User, at: datetime) -> None:
    """Write down that `by` takes `rows` records of a kind out, before the first one leaves.

    :param filters: the query of the address, cut at 500 characters.
    """
    data = {"kind": kind, "form": form, "rows": rows, "filters": filters[:500]}
    journal.record("crm.export.made", by, by=by, at=at, data=data)
