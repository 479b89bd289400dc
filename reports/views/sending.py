"""One figure into a mail: any page links here with the part, the days and the options that it shows.

/reports/view/?part=kpis.trend&kpi=turnaround&over=13&from=2026-11-01&to=2026-11-22&clock=business
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from journal.idempotency import form_once
from kit.reporting import Block, Part, Scope
from people.doors import me
from reports import parts, services
from reports.forms import PartForm, SendForm


@permission_required("reports.view_report", raise_exception=True)
def send_part(request: HttpRequest) -> HttpResponse:
    """See what goes out, choose colleagues, send it: picture, figures as text, the link."""
    part, block = _asked(request)
    form = SendForm(request.POST or None)
    back = block.url or "/"
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            services.send_view(
                block, path=back, permission=part.permission, to=form.cleaned_data["to"],
                note=form.cleaned_data["note"], by=me(request), at=timezone.now(),
            )  # fmt: skip
            messages.success(request, "It is on its way.")
            return back

        try:
            return redirect(form_once(request, effect))
        except services.NotForThem as refusal:
            form.add_error("to", str(refusal))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "block": block, "back": back, "part": part}
    return TemplateResponse(request, "reports/send_part.html", context, status=status)


def _asked(request: HttpRequest) -> tuple[Part, Block]:
    """The part that the address names, read for whoever asks; nonsense is not there."""
    form = PartForm(request.GET)
    if not form.is_valid():
        raise Http404("part")
    said = form.cleaned_data
    part = parts.known().get(said["part"])
    # A list of records differs from reader to reader: only figures go to others as they are seen.
    if part is None or part.rows or part.own:
        raise Http404("part")
    if not parts.allowed(part, me(request)):
        raise PermissionDenied
    scope = Scope(
        me(request), said["start"], said["end"], settings.TIME_ZONE, timezone.now(), said["team"]
    )
    plan = [{"part": part.key, "title": "", "options": _options(request, part)}]
    return part, parts.read(plan, scope)[0][1]


def _options(request: HttpRequest, part: Part) -> dict[str, Any]:
    """What the address chooses; what it leaves out has its default."""
    names = part.options().fields
    said: dict[str, Any] = {name: field.initial for name, field in names.items()}
    for name in names:
        found = request.GET.getlist(name)
        if found:
            said[name] = found if isinstance(names[name].initial, list) else found[0]
    form = part.options({name: value for name, value in said.items() if value is not None})
    if not form.is_valid():
        raise Http404("options")
    return dict(form.cleaned_data)
