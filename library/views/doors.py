"""What the doors of colleagues share."""

from typing import Final

from django.db.models import Model
from django.http import Http404, HttpRequest

from comms.services import Unsendable
from library import services
from library.models import Material, Share
from library.queries.subjects import seen
from people.doors import me

VIEW: Final = "library.view_material"
ADD: Final = "library.add_material"
CHANGE: Final = "library.change_material"
SEES: Final = "library.view_share"
SHARES: Final = "library.add_share"
KEEPS: Final = "library.change_share"
CONFLICTS: Final = (services.NotOffered, services.Settled, Unsendable)


def material(pk: int) -> Material:
    """Everybody who may see material sees all of it; 404 for none."""
    rows = Material.objects.select_related("owner", "current", "archived_by", "created_by")
    row = rows.filter(pk=pk).first() if pk < 2**62 else None
    if row is None:
        raise Http404
    return row


def share(request: HttpRequest, pk: int) -> Share:
    """The share, if this person may see it; 404 otherwise."""
    rows = Share.objects.visible_to(me(request)).select_related(
        "made_by", "contact", "account", "revoked_by"
    )
    row = rows.filter(pk=pk).first() if pk < 2**62 else None
    if row is None:
        raise Http404
    return row


def subject(request: HttpRequest, label: str, pk: int) -> Model:
    """The object, if this person may see it; 404 otherwise."""
    found = seen(me(request), label, pk)
    if found is None:
        raise Http404
    return found


def number(text: str) -> int | None:
    """A key that stands in an address, if it is one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
