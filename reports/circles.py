"""Who reads the same: one edition for each circle of readers.

What a reader gets depends on the parts that she may read and, where parts name records, on the
records that she may see. Those who see everything share an edition; others have one of their own.
"""

from collections.abc import Sequence

from people.models import User
from reports import parts
from reports.models import Report


def circle_of(report: Report, keys: Sequence[str], user: User) -> str:
    """Readers with the same answer read the same; `keys` are the parts of the report."""
    shown = [key for key in keys if key in parts.known()]
    may = [place for place, key in enumerate(shown) if parts.allowed(parts.known()[key], user)]
    names = any(parts.known()[shown[place]].rows for place in may)
    alone = report.audience == Report.Audience.OWN or (names and not parts.sees_everything(user))
    who = f"u{user.pk}" if alone else "all"
    return f"{who}:{'.'.join(map(str, may))}" if len(may) < len(shown) else who
