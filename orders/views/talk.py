"""The thread on an order's page: internal or to the customer, never by accident."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from comms.models import Visibility
from comms.services import Unsendable
from journal.idempotency import form_once
from orders import services
from orders.views.orders import found, order_response
from people.doors import me


@require_POST
@permission_required("comms.add_message", raise_exception=True)
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """A message; to the customer it leaves by mail as well."""
    row, body = found(request, pk), request.POST.get("body", "").replace("\0", "")
    to = request.POST.get("to", "")
    outside = to == Visibility.CUSTOMER and me(request).has_perm("orders.change_order")

    def effect() -> str:
        services.talk(row, body=body, to_customer=outside, by=me(request), at=timezone.now())
        return f"/orders/{pk}/#thread"

    try:
        return redirect(form_once(request, effect))
    except Unsendable as refusal:
        return order_response(request, row, problem=str(refusal), about="say", status=422)
