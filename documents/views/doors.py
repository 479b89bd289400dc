"""What the doors of colleagues share."""

from django.conf import settings
from django.db.models import Model
from django.http import Http404, HttpRequest

from comms.queries import subject_of
from documents import queries, services
from documents.models import DocumentAsk, IllegalMove
from people.doors import me

VIEW = "documents.view_documentask"
ADD = "documents.add_documentask"
CHANGE = "documents.change_documentask"
CONFLICTS = (IllegalMove, services.Finished, services.TooSoon, services.ChangedMeanwhile)


def subject(request: HttpRequest, subject_type: str, subject_id: int) -> Model:
    """The object, if this person may see it and documents can be asked about it; 404 otherwise."""
    if subject_type not in settings.THREAD_PARTIES:
        raise Http404
    found = subject_of(me(request), subject_type, subject_id)
    if found is None:
        raise Http404
    return found


def visible(request: HttpRequest, pk: int) -> DocumentAsk:
    """The ask, if this person may see what it is about; 404 otherwise."""
    row = queries.ask_of(me(request), pk)
    if row is None:
        raise Http404
    return row


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
