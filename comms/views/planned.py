"""Messages that leave later: sent now after all, changed, called off."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from comms import services
from comms.models import Unsent
from comms.pages import page_of
from comms.views.composer import HX, slot
from comms.views.threads import seen, writes
from journal.idempotency import form_once
from people.doors import me

Step = Callable[..., object]


def _step(act: Step, said: str) -> Callable[..., HttpResponse]:
    @require_POST
    @writes
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Unsent.objects.select_related("user", "quotes"), pk=pk)
        user = me(request)
        if row.user_id != user.pk and not user.has_perm("desk.work_queue"):
            raise Http404
        subject = seen(request, row.subject_type, row.subject_id)

        def effect() -> str:
            act(row, subject, by=user, at=timezone.now())
            return page_of(subject)

        status = HTTPStatus.OK
        try:
            form_once(request, effect)
            messages.success(request, said)
        except (services.TooLate, services.Unsendable) as refusal:
            messages.error(request, str(refusal))
            status = HTTPStatus.CONFLICT
        if HX in request.headers:
            return slot(request, subject, status=status)
        return redirect(page_of(subject))

    return view


send_now = _step(services.send_now, "It leaves in a moment.")
change = _step(services.change, "It is in the form again. Nothing has left.")
cancel = _step(services.cancel, "Called off. The customer got nothing.")
