"""Conversations: a slot of any object's page, or a page by themselves without htmx."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms import services
from comms.conversation import SIGNS, conversation, version_of
from comms.forms import EditForm, SayForm
from comms.models import Message, Reaction
from comms.pages import page_of
from comms.parties import parties_of
from comms.queries import cannot_see, may_write, messages_in, subject_of
from journal.idempotency import form_once
from people.doors import me
from people.models import Department, User

reads = permission_required("comms.view_message", raise_exception=True)
writes = permission_required("comms.add_message", raise_exception=True)
NAMES = 8


def _seen(request: HttpRequest, subject_type: str, pk: int) -> Model:
    subject = subject_of(me(request), subject_type, pk) if pk < 2**63 else None
    if subject is None:
        raise Http404
    return subject


def _key(text: str) -> int | None:
    """A key in an address, or None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


@require_http_methods(["GET", "HEAD", "POST"])
@reads
def about(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The conversation about an object; htmx gets the slot, everyone else a page."""
    subject = _seen(request, subject_type, pk)
    if request.method == "POST":
        return _say(request, subject)
    initial: dict[str, Any] = {}
    for name in ("quotes", "again"):
        if (key := _key(request.GET.get(name, ""))) is not None:
            found = messages_in(me(request), subject).filter(pk=key).first()
            if found is not None and name == "quotes":
                initial["quotes"] = found.pk
            elif found is not None and found.author_id == me(request).pk:
                initial |= {"body": found.body, "to": found.visibility}
    return _slot(request, subject, initial=initial)


def _say(request: HttpRequest, subject: Model) -> HttpResponse:
    user = me(request)
    if not user.has_perm("comms.add_message"):
        raise PermissionDenied
    form = SayForm(may_write(user), parties_of(subject), request.POST)
    if not form.is_valid():
        return _slot(request, subject, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if stranger := cannot_see(subject, form.cleaned_data["asks"]):
        form.add_error("needs", stranger)
        return _slot(request, subject, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    data, here = form.cleaned_data, page_of(subject)

    def effect() -> str:
        services.say(
            subject, body=data["body"], visibility=data["to"], by=user, at=timezone.now(),
            contacts=list(data["contacts"]), **form.cleaned_data["asks"],
        )  # fmt: skip
        return here

    try:
        target = form_once(request, effect)
    except services.Unsendable as refusal:
        form.add_error(None, str(refusal))
        return _slot(request, subject, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _slot(request, subject) if "HX-Request" in request.headers else redirect(target)


def _slot(
    request: HttpRequest, subject: Model, *, form: SayForm | None = None,
    initial: dict[str, Any] | None = None, status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    user, now = me(request), timezone.now()
    talk = conversation(user, subject, now=now, before=_key(request.GET.get("before", "")))
    if form is None and talk.may_write:
        form = SayForm(talk.may_write, talk.parties, initial=initial or {})
    quoted = form["quotes"].value() if form is not None else None
    context = {
        "talk": talk, "form": form, "signs": SIGNS, "departments": Department.objects.by_name(),
        "quoted": messages_in(user, subject).filter(pk=quoted).first() if quoted else None,
        "before": request.GET.get("before", ""),
    }  # fmt: skip
    fragment = "#slot" if "HX-Request" in request.headers else ""
    return TemplateResponse(request, f"comms/thread.html{fragment}", context, status=status)


@require_safe
@reads
def lines(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The messages alone, for a page that looks every few seconds; 204 while nothing changed."""
    subject = _seen(request, subject_type, pk)
    if request.GET.get("v", "") == str(version_of(subject)):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    before = _key(request.GET.get("before", ""))
    talk = conversation(me(request), subject, now=timezone.now(), before=before)
    return TemplateResponse(request, "comms/_messages.html", {"talk": talk, "signs": SIGNS})


def _message(request: HttpRequest, pk: int) -> tuple[Message, Model]:
    """A message that this person may read, and what it is about."""
    row = get_object_or_404(Message.objects.select_related("thread"), pk=pk)
    subject = _seen(request, row.thread.subject_type, row.thread.subject_id)
    if not messages_in(me(request), subject).filter(pk=pk).exists():
        raise Http404
    return row, subject


@require_http_methods(["GET", "HEAD", "POST"])
@writes
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it better, on a small page of its own; what was typed stays after a refusal."""
    row, subject = _message(request, pk)
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
    row, subject = _message(request, pk)
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
    row, subject = _message(request, pk)
    sign = request.POST.get("sign", "")
    if sign not in Reaction.Sign.values:
        return HttpResponse("There is no such sign.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    services.react(row, sign=sign, by=me(request), at=timezone.now())
    return _after(request, subject)


@require_POST
@writes
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Second thoughts: the message does not leave, and its words are in the form again."""
    row, subject = _message(request, pk)
    try:
        services.take_back(row, by=me(request), at=timezone.now())
    except services.TooLate as refusal:
        messages.error(request, str(refusal))
        return redirect(page_of(subject))
    messages.success(request, "Taken back. The customer got nothing; your words are below.")
    here = reverse("comms:thread", args=[row.thread.subject_type, row.thread.subject_id])
    return redirect(f"{here}?again={row.pk}")


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
