"""Mail settings in the browser: senders with a preview, templates, ways out."""

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms import carriers, deciding, forms_setup, services
from comms.letters import framed
from comms.mail import sample
from comms.models import MessageTemplate, Provider, Sender
from comms.views.threads import key_of
from people.doors import me
from people.setup import Table, Tables, Unusable, keep

LOOKS: Final = "comms.change_messagetemplate"
SETS_UP: Final = "comms.change_sender"
sets_up = permission_required(SETS_UP, raise_exception=True)
TABLES: Final = {
    "templates": Table(
        "Templates", "template", "Words that are written again and again, with variables, for everybody or a team.",
        MessageTemplate, forms_setup.TemplateForm,
        (("Title", "title"), ("Team", "team__name"), ("For", "about"), ("Owner", "owner__name"), ("Version", "version"),
         ("Offered", "is_active")), LOOKS, services.keep_words,
    ),
    "limits": Table(
        "Limits of ways out", "limit", "How fast each way out may be used.", Provider, forms_setup.ProviderForm,
        (("Way out", "name"), ("In a minute", "per_minute"), ("Together", "most_at_once")), "comms.change_provider",
    ),
}  # fmt: skip
SET_UP: Final = Tables("comms", TABLES, permission=LOOKS, home="mail_settings")


@require_safe
@permission_required(LOOKS, raise_exception=True)
def mail_settings(request: HttpRequest) -> HttpResponse:
    """Who sends, what is offered, and how the ways out are."""
    now = timezone.now()
    known = {row.name: row for row in Provider.objects.order_by("name")}
    ways = [(name, known.get(name)) for name in carriers.names()]
    context = {
        "senders": Sender.objects.select_related("team").order_by("team__name", "pk"),
        "ways": [(name, row, bool(row and row.paused_until and row.paused_until > now)) for name, row in ways],
        "templates": MessageTemplate.objects.filter(is_active=True).count(),
    }  # fmt: skip
    return TemplateResponse(request, "comms/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sets_up
def new_sender(request: HttpRequest) -> HttpResponse:
    return _sender(request, Sender())


@require_http_methods(["GET", "HEAD", "POST"])
@sets_up
def edit_sender(request: HttpRequest, pk: int) -> HttpResponse:
    return _sender(request, get_object_or_404(Sender, pk=pk))


def _sender(request: HttpRequest, row: Sender) -> HttpResponse:
    form = forms_setup.SenderForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            keep(form, prefix="comms", by=me(request), at=timezone.now())
            messages.success(request, "Kept. The next mails look like this.")
            return redirect("comms:mail_settings")
        except Unusable as refusal:
            form.add_error(None, str(refusal))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return TemplateResponse(request, "comms/sender.html", {"form": form, "row": row}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sets_up
@xframe_options_sameorigin
def sender_preview(request: HttpRequest) -> HttpResponse:
    """A mail as this sender would send it, for the frame beside the form; nothing is kept."""
    if request.method != "POST":
        known = key_of(request.GET.get("sender", "")) or 0
        return framed(sample(Sender.objects.filter(pk=known).first() or Sender(name="Your desk")))
    form = forms_setup.SenderForm(request.POST)
    form.is_valid()
    kept = getattr(form, "cleaned_data", {})
    names = ("name", "header", "signature", "footer", "colour")
    return framed(sample(Sender(**{name: kept[name] for name in names if name in kept})))


@require_POST
@permission_required("comms.change_provider", raise_exception=True)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a way out again now."""
    row = get_object_or_404(Provider, pk=pk)
    deciding.resume(row, by=me(request), at=timezone.now())
    messages.success(request, f"“{row.name}” is tried again now.")
    return redirect("comms:mail_settings")
