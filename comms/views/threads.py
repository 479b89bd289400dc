"""Conversations: a slot of any object's page, or a page by themselves without htmx."""

from http import HTTPStatus

from django.contrib.auth.decorators import permission_required
from django.db.models import Model
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms import services
from comms.conversation import SIGNS, conversation, version_of
from comms.forms import EditForm
from comms.models import Message, Reaction
from comms.pages import page_of
from comms.queries import messages_in, subject_of
from people.doors import me
from people.models import Department, User

reads = permission_required("comms.view_message", raise_exception=True)
writes = permission_required("comms.add_message", raise_exception=True)
NAMES = 8


def seen(request: HttpRequest, subject_type: str, pk: int) -> Model:
    subject = subject_of(me(request), subject_type, pk) if pk < 2**63 else None
    if subject is None:
        raise Http404
    return subject


def key_of(text: str) -> int | None:
    """A key in an address, or None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


@require_safe
@reads
def lines(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The messages alone, for a page that looks every few seconds; 204 while nothing changed."""
    subject = seen(request, subject_type, pk)
    if request.GET.get("v", "") == str(version_of(subject)):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    before = key_of(request.GET.get("before", ""))
    talk = conversation(me(request), subject, now=timezone.now(), before=before)
    return TemplateResponse(request, "comms/_messages.html", {"talk": talk, "signs": SIGNS})


def message_of(request: HttpRequest, pk: int) -> tuple[Message, Model]:
    """A message that this person may read, and what it is about."""
    row = get_object_or_404(Message.objects.select_related("thread"), pk=pk)
    subject = seen(request, row.thread.subject_type, row.thread.subject_id)
    if not messages_in(me(request), subject).filter(pk=pk).exists():
        raise Http404
    return row, subject


@require_http_methods(["GET", "HEAD", "POST"])
@writes
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it better, on a small page of its own; what was typed stays after a refusal."""
    row, subject = message_of(request, pk)
    form, status = EditForm(request.POST or None, initial={"body": row.body}), HTTPStatus.OK
    refusal = services.editable(row, by=me(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.edit(row, body=form.cleaned_data["body"], by=me(request), at=timezone.now())
            return redirect(page_of(subject))
        except (services.NotEditable, services.Unsendable) as why:
            refusal, status = str(why), HTTPStatus.CONFLICT
    elif request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "row": row,
        "subject": subject,
        "form": form,
        "refusal": refusal,
        "back": page_of(subject),
    }
    return TemplateResponse(request, "comms/edit.html", context, status=status)


@require_safe
@reads
def past(request: HttpRequest, pk: int) -> HttpResponse:
    """What a message said before it was edited."""
    row, subject = message_of(request, pk)
    context = {
        "row": row,
        "subject": subject,
        "past": row.past.order_by("-until", "-pk"),
        "back": page_of(subject),
    }
    return TemplateResponse(request, "comms/past.html", context)


@require_POST
@writes
def react(request: HttpRequest, pk: int) -> HttpResponse:
    """A sign under a message, or away again."""
    row, subject = message_of(request, pk)
    sign = request.POST.get("sign", "")
    if sign not in Reaction.Sign.values:
        return HttpResponse("There is no such sign.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    services.react(row, sign=sign, by=me(request), at=timezone.now())
    return _after(request, subject)


def _after(request: HttpRequest, subject: Model) -> HttpResponse:
    if "HX-Request" in request.headers:
        talk = conversation(me(request), subject, now=timezone.now())
        return TemplateResponse(request, "comms/_messages.html", {"talk": talk, "signs": SIGNS})
    return redirect(page_of(subject))


@require_safe
@reads
def names(request: HttpRequest) -> JsonResponse:
    """Colleagues and departments whose name begins so, for an @."""
    text = request.GET.get("q", "").replace("\0", "").strip().lower()[:60]
    people = User.objects.active().annotate(key=Lower("name"))
    if text:
        people = people.filter(key__startswith=text) | people.filter(key__contains=f" {text}")
    departments = Department.objects.filter(name__istartswith=text).by_name()[:NAMES]
    found = [{"name": row.name, "what": "Department"} for row in departments]
    found += [{"name": row.name, "what": ""} for row in people.order_by("name", "pk")[:NAMES]]
    return JsonResponse({"names": found[:NAMES]})
