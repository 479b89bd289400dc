"""A figure put into a mail: as a picture, in words, and with the link that holds the whole state.

`send_view` is for any page that can say what it shows as a kit.reporting.Block: a KPI page gives
its tile or chart, its own address with the query, and the permission that its readers need.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from comms import services as comms
from comms.models import Delivery, DeliveryFile
from journal import services as journal
from kit.briefing_words import plain
from kit.reporting import Block
from people.models import User
from reports import words
from reports.circles import circle_of
from reports.models import Edition, SentView
from reports.queries.saying import blocks_of

MOST_READERS: Final = 50
PNG: Final = "image/png"


class NotForThem(Exception):
    """Some of the chosen may not see it; the message names them and is fit for people to read."""


def _refuse(names: Sequence[str]) -> None:
    if names:
        raise NotForThem(
            f"{', '.join(names)} may not see this. Leave them out, or ask for their rights."
        )


@transaction.atomic
def send_view(
    block: Block, *, path: str, permission: str, to: Sequence[User], note: str, by: User,
    at: datetime,
) -> SentView:  # fmt: skip
    """Mail what `block` says to colleagues, with its chart as a picture and the link to `path`.

    `path` begins with / and carries the whole state in its query. `note` is what the sender writes
    above it, markdown.

    :raises NotForThem: if somebody lacks `permission`; nothing is sent then.
    """
    _refuse([str(user) for user in to if not user.has_perm(permission)])
    row = SentView.objects.create(
        title=block.title[:160], path=path[:2000], block=block.as_json(), by=by, at=at
    )
    pictures = [("c0", "report_view", row.pk)] if block.chart and block.chart.points else []
    body = words.body_of([block], f"{settings.PORTAL_URL}{path}")
    for user in to:
        _owe(f"view:{row.pk}:{user.pk}", user, row.title, _with(note, body), pictures, by=by, at=at)
    data = {"path": row.path, "to": [user.pk for user in to]}
    journal.record("reports.view.sent", row, by=by, at=at, data=data)
    return row


@transaction.atomic
def send_edition(edition: Edition, *, to: Sequence[User], note: str, by: User, at: datetime) -> int:
    """Mail an edition as it stands to colleagues who may see all of it; they may read it from then on.

    :raises NotForThem: for somebody who may see less than it says, or whose own work it is not.
    """
    _refuse([str(user) for user in to if not may_read(edition, user)])
    path = reverse("reports:edition", args=[edition.pk])
    blocks = blocks_of(edition)
    pictures = [
        (f"c{n}", "report_chart", edition.pk * 100 + n) for n in words.pictured(blocks)
    ]  # fmt: skip
    body = words.body_of(blocks, f"{settings.PORTAL_URL}{path}")
    for user in to:
        edition.readers.add(user)
        key = f"edition:{edition.pk}:{user.pk}:{at:%Y-%m-%dT%H:%M:%S.%fZ}"
        owed = _owe(key, user, edition.title, _with(note, body), pictures, by=by, at=at)
        DeliveryFile.objects.create(
            delivery=owed, name="report.pdf", kind="application/pdf", drawn_by="report",
            drawn_of=edition.pk,
        )  # fmt: skip
    data = {"to": [user.pk for user in to]}
    journal.record("reports.edition.sent", edition, by=by, at=at, data=data)
    return len(to)


def may_read(edition: Edition, user: User) -> bool:
    """Whether `user` may see everything that the edition says: her own reading would say no less."""
    if edition.person_id is not None:
        return edition.person_id == user.pk
    if edition.report is None or not user.has_perm("reports.view_edition"):
        return False
    return circle_of(edition.report, [one["part"] for one in edition.plan], user) == "all"


def _with(note: str, body: str) -> str:
    return f"{note.strip()}\n\n{body}" if note.strip() else body


def _owe(
    key: str, user: User, title: str, body: str, pictures: Sequence[tuple[str, str, int]], *,
    by: User, at: datetime,
) -> Delivery:  # fmt: skip
    owed = comms.owe_mail(
        key=key[:200], recipient=user.email, user=user, recipient_name=user.get_full_name(),
        due_at=at, at=at, subject=f"{by.get_full_name()}: {plain(title)}", body=body, author=by,
    )  # fmt: skip
    DeliveryFile.objects.bulk_create(
        DeliveryFile(delivery=owed, name=f"{cid}.png", kind=PNG, content_id=cid, drawn_by=drawn,
                     drawn_of=key)
        for cid, drawn, key in pictures
    )  # fmt: skip
    return owed
