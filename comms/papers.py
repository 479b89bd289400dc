"""Papers that may go along with a message; the owning apps say which (settings.THREAD_PAPERS)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from people.models import User

PDF = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """Something that is drawn when a mail leaves: `drawn_by` is a name of settings.DELIVERY_PAPERS,
    `drawn_of` the key of what it is a paper of, `url` where colleagues look at it."""

    drawn_by: str
    drawn_of: int
    label: str
    name: str
    url: str = ""
    kind: str = PDF

    @property
    def key(self) -> str:
        return f"{self.drawn_by}:{self.drawn_of}"


def papers_of(user: User, subject: Model) -> list[Paper]:
    """The papers that `user` may send along from the page of `subject`."""
    path = settings.THREAD_PAPERS.get(subject._meta.label_lower)
    if path is None:
        return []
    found: list[Paper] = import_string(path)(user, subject)
    return found


def chosen(user: User, subject: Model, keys: Sequence[str]) -> tuple[list[Paper], list[str]]:
    """Those of `keys` that `user` may send, and the keys that she may not."""
    if not keys:
        return [], []
    offered = {paper.key: paper for paper in papers_of(user, subject)}
    wanted = list(dict.fromkeys(keys))
    return (
        [offered[key] for key in wanted if key in offered],
        [key for key in wanted if key not in offered],
    )


def drawn(drawn_by: str, drawn_of: int) -> bytes:
    """The paper as it is now.

    :raises FileNotFoundError: when nobody draws it, or what it is of is gone.
    """
    path = settings.DELIVERY_PAPERS.get(drawn_by)
    if path is None:
        raise FileNotFoundError(f"Nobody draws papers called “{drawn_by}”.")
    content: bytes = import_string(path)(drawn_of)
    return content
