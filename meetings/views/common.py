"""What the doors of meetings share."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from meetings import queries, services
from meetings.models import IllegalMove, Meeting
from people.doors import me

REFUSALS = (IllegalMove, services.SlotTaken, services.BadMeeting)
RELATED = ("account__owner", "host", "scheduled_by", "room", "kind", "outcome_by")


def seen(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if this person may see it; 404 otherwise."""
    rows = queries.visible_to(me(request)).select_related(*RELATED)
    return get_object_or_404(rows, pk=pk)


def to_say(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if this person may say how it went."""
    row = seen(request, pk)
    if not queries.may_say(me(request), row):
        raise PermissionDenied
    return row


def to_prepare(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if this person may write its agenda and materials."""
    row = seen(request, pk)
    if not queries.may_prepare(me(request), row):
        raise PermissionDenied
    return row


def status_of(refusal: Exception) -> int:
    """422 for content that cannot be used, 409 for a state that does not allow it."""
    return 422 if isinstance(refusal, services.BadMeeting) else 409
