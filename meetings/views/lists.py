"""The meeting desk at a glance, and asking for a meeting without a request."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from journal.idempotency import form_once
from meetings import queries, services
from meetings.forms import MeetingForm
from meetings.models import Meeting
from people.doors import me

SHOWN = 50


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def meetings(request: HttpRequest) -> HttpResponse:
    """To schedule, to confirm, coming."""
    now, rows = timezone.now(), queries.visible_to(me(request)).select_related("account", "host")
    context = {
        "to_schedule": queries.to_schedule(rows)[:SHOWN],
        "to_confirm": queries.to_confirm(rows, now)[:SHOWN],
        "coming": queries.coming(rows, now)[:SHOWN],
    }
    return TemplateResponse(request, "meetings/meetings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("meetings.add_meeting", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a meeting without a request."""
    form = MeetingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            return f"/meetings/{_request(request, form).pk}/"

        try:
            return redirect(form_once(request, effect))
        except services.BadMeeting as refusal:
            form.add_error(None, str(refusal))
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "meetings/new.html", {"form": form}, status=status)


def _request(request: HttpRequest, form: MeetingForm) -> Meeting:
    user, now, said = me(request), timezone.now(), form.cleaned_data
    start, end = form.window(now)
    contact = said["contact"]
    details = services.Details(
        kind=said["kind"], mode=said["mode"] or None, video_url=said["video_url"],
        priority=said["priority"] or services.Details.priority,
    )  # fmt: skip
    return services.request_meeting(
        title=said["title"], account=said["account"], host=said["attendees"][0],
        attendees=[u.pk for u in said["attendees"]], minutes=said["minutes"], window_from=start,
        guests=[{"name": contact.name, "email": contact.email}] if contact else [],
        optional=[u.pk for u in said["optional"]], window_until=end, by=user, at=now,
        team=user.team, place=said["place"], details=details,
    )  # fmt: skip
