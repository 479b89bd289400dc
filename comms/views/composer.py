"""The form of a conversation: sent, looked at before, planned, and kept while somebody types."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms import services
from comms.composing import audiences_of, composer
from comms.conversation import SIGNS, conversation
from comms.forms import SayForm
from comms.letters import Letter, framed, rehearse
from comms.models import Message, Unsent, Visibility
from comms.pages import page_of
from comms.papers import papers_of
from comms.parties import parties_of
from comms.queries import cannot_see, messages_in
from comms.slips import slips
from comms.templates import taken
from comms.views.threads import key_of, message_of, reads, seen, writes
from journal.idempotency import form_once, was_sent
from kit import uploads
from kit.prose import said as drawn
from people.doors import me

HX = "HX-Request"
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@require_http_methods(["GET", "HEAD", "POST"])
@reads
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=services.MOST_FILES)
def about(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The conversation about an object; htmx gets the slot, everyone else a page."""
    subject = seen(request, subject_type, pk)
    if request.method == "POST":
        return _say(request, subject)
    return slot(request, subject, initial=_asked_for(request, subject))


def _asked_for(request: HttpRequest, subject: Model) -> dict[str, Any]:
    """What the address puts into the form: a quote, words that were taken back, a template."""
    initial: dict[str, Any] = {}
    user, readable = me(request), messages_in(me(request), subject)
    if (key := key_of(request.GET.get("quotes", ""))) is not None:
        found = readable.filter(pk=key).values_list("pk", flat=True).first()
        initial |= {"quotes": found} if found else {}
    if (key := key_of(request.GET.get("again", ""))) is not None:
        mine = readable.filter(pk=key, author=user).first()
        initial |= (
            {"body": mine.body, "to": mine.visibility, "typed_for": mine.visibility} if mine else {}
        )
    offer = taken(user, subject, request.GET.get("template", "")[:40])
    if offer is not None:
        services.count_use(offer.key, version=offer.version, at=timezone.now())
        initial |= {"body": offer.body, "subject_line": offer.subject_line, "taken": offer.taken}
    return initial


def _say(request: HttpRequest, subject: Model) -> HttpResponse:
    user = me(request)
    if not user.has_perm("comms.add_message"):
        raise PermissionDenied
    form = _form(request, subject)
    act = request.POST.get("act", "")
    if act == "attach" or act.startswith("drop:"):
        return _not_yet(request, subject, form, HTTPStatus.OK)
    if not _sound(form, subject, act):
        return _not_yet(request, subject, form, UNPROCESSABLE)
    if act == "preview":
        return _preview(request, subject, form)
    try:
        target = form_once(request, _effect(request, subject, form))
    except (services.Unsendable, uploads.UploadRefused) as refusal:
        form.add_error(None if isinstance(refusal, services.Unsendable) else "files", str(refusal))
        return _not_yet(request, subject, form, UNPROCESSABLE)
    return _done(request, subject, target)


def _form(request: HttpRequest, subject: Model) -> SayForm:
    user, parties = me(request), parties_of(subject)
    choices = audiences_of(user, parties)
    if not choices:
        raise PermissionDenied
    return SayForm(choices, parties, papers_of(user, subject), request.POST, request.FILES)


def _sound(form: SayForm, subject: Model, act: str) -> bool:
    """Whether it can be sent: what was typed fits, who is asked can read it, and no slip of the
    hand is left that nobody confirmed. Looking at it needs no confirming."""
    if not form.is_valid():
        return False
    if stranger := cannot_see(subject, form.cleaned_data["asks"]):
        form.add_error("needs", stranger)
        return False
    if act == "preview":
        return True
    form.slips = slips(subject, form.cleaned_data)
    return not form.slips


def _effect(request: HttpRequest, subject: Model, form: SayForm) -> Callable[[], str]:
    user, data, here = me(request), form.cleaned_data, page_of(subject)

    def effect() -> str:
        at = timezone.now()
        draft = _kept(request, subject, form)
        later = data["to"] == Visibility.CUSTOMER and data["later"]
        if not later:
            services.say(subject, by=user, at=at, draft=draft, **said(data))
            return here
        contacts = list(data["contacts"]) or form.people[:1]
        due = data["later_at"] if later == "time" else services.next_opening(contacts, user, at)
        services.plan(draft, subject, due_at=due, by=user, at=at)
        return here

    return effect


def said(data: dict[str, Any]) -> dict[str, Any]:
    """A cleaned form as `services.say` takes it."""
    return {
        "body": data["body"], "visibility": data["visibility"], "contacts": list(data["contacts"]),
        "papers": data["papers"], "subject_line": data["subject_line"], **data["asks"],
    }  # fmt: skip


def _kept(request: HttpRequest, subject: Model, form: SayForm) -> Unsent:
    """What is typed and chosen, as a draft: whatever happens next, nothing of it is lost."""
    user, at = me(request), timezone.now()
    quoted = key_of(str(form["quotes"].value() or ""))
    people = [str(one.pk) for one in form.people]
    contacts = [int(pk) for pk in form.picked("contacts") if pk in people]
    to = _short(form, "to", 10)
    typed = services.Typed(
        body=_short(form, "body", 100_000), to=to, typed_for=_short(form, "typed_for", 10),
        subject_line=_short(form, "subject_line", 200), needs=_short(form, "needs", 150),
        taken=_short(form, "taken", 400),
        contacts=contacts or [one.pk for one in form.people[:1] if to == Visibility.CUSTOMER],
        papers=[key[:80] for key in form.picked("papers")[:50]],
        quotes=messages_in(user, subject).filter(pk=quoted).first() if quoted else None,
    )  # fmt: skip
    draft = services.keep_draft(subject, typed, by=user, at=at)
    for upload in request.FILES.getlist("files"):
        services.stage(draft, cast("BinaryIO", upload.file), name=upload.name or "", at=at)
    return draft


def _short(form: SayForm, name: str, most: int) -> str:
    return str(form[name].value() or "").replace("\0", "")[:most]


def _not_yet(request: HttpRequest, subject: Model, form: SayForm, status: int) -> HttpResponse:
    """Not sent: what was typed stays, and the files too, which a browser would forget."""
    problem = ""
    try:
        draft = _kept(request, subject, form)
        if (chosen := key_of(request.POST.get("act", "").removeprefix("drop:"))) is not None:
            services.unstage(draft, chosen)
    except (uploads.UploadRefused, services.Unsendable) as refusal:
        problem, status = str(refusal), getattr(refusal, "status", UNPROCESSABLE)
    shown = None if status == HTTPStatus.OK else form
    return slot(request, subject, form=shown, status=status, problem=problem)


def _preview(request: HttpRequest, subject: Model, form: SayForm) -> HttpResponse:
    """What would leave, beside the form that is kept."""
    status = HTTPStatus.OK
    letters: list[Letter] = []
    try:
        draft = _kept(request, subject, form)
        letters = rehearse(lambda: services.say(
            subject, by=me(request), at=timezone.now(), draft=draft, **said(form.cleaned_data)
        ))  # fmt: skip
    except (services.Unsendable, uploads.UploadRefused, FileNotFoundError, ValueError) as refusal:
        form.add_error(None, str(refusal))
        status = UNPROCESSABLE
    shown = None if form.errors else {"letters": letters, "html": drawn(form.cleaned_data["body"])}
    return slot(request, subject, form=form, status=status, preview=shown)


def _done(request: HttpRequest, subject: Model, target: str) -> HttpResponse:
    if HX not in request.headers:
        return redirect(target)
    if subject._meta.label_lower in settings.THREAD_POSTS:
        response = HttpResponse(status=HTTPStatus.OK)
        response["HX-Refresh"] = "true"  # it changed hands: the whole page says so
        return response
    return slot(request, subject)


def slot(
    request: HttpRequest, subject: Model, *, form: SayForm | None = None,
    initial: dict[str, Any] | None = None, status: int = HTTPStatus.OK, preview: Any = None,
    problem: str = "",
) -> HttpResponse:  # fmt: skip
    """The conversation with its form below it."""
    user, now = me(request), timezone.now()
    talk = conversation(user, subject, now=now, before=key_of(request.GET.get("before", "")))
    context = {
        "talk": talk, "signs": SIGNS, "before": request.GET.get("before", ""),
        "c": composer(talk, user, now=now, form=form, initial=initial, preview=preview),
        "problem": problem,
    }  # fmt: skip
    fragment = "#slot" if HX in request.headers else ""
    return TemplateResponse(request, f"comms/thread.html{fragment}", context, status=status)


@require_POST
@writes
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=services.MOST_FILES)
def keep(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """Keep what is typed so far, and files as they are chosen; the page says it while one types."""
    subject = seen(request, subject_type, pk)
    form = _form(request, subject)
    key = request.POST.get("idempotency_key", "")
    if was_sent(me(request).pk, reverse("comms:thread", args=[subject_type, pk]), key):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)  # overtaken by the message itself
    status, problem = HTTPStatus.OK, ""
    try:
        _kept(request, subject, form)
    except (uploads.UploadRefused, services.Unsendable) as refusal:
        status, problem = getattr(refusal, "status", UNPROCESSABLE), str(refusal)
    if not request.FILES:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return _files(request, subject, problem=problem, status=status)


def _files(
    request: HttpRequest, subject: Model, *, problem: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    user, now = me(request), timezone.now()
    talk = conversation(user, subject, now=now)
    context = {"talk": talk, "c": composer(talk, user, now=now), "problem": problem}
    return TemplateResponse(request, "comms/_chosen.html", context, status=status)


@require_POST
@writes
def drop_draft(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """Begin afresh."""
    subject = seen(request, subject_type, pk)
    services.drop_draft(subject, by=me(request))
    return slot(request, subject) if HX in request.headers else redirect(page_of(subject))


@require_safe
@writes
@xframe_options_sameorigin
def preview_frame(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The HTML of the mail that one's draft would be, for the frame on the page."""
    user, subject = me(request), seen(request, subject_type, pk)
    draft = services.draft_of(user, subject)
    if draft is None or not user.has_perm("desk.work_queue"):
        raise Http404
    known = {one.pk: one for one in parties_of(subject).contacts}
    contacts = [known[pk] for pk in draft.contacts if pk in known]
    try:
        letters = rehearse(lambda: _as_drafted(request, subject, draft, contacts))
    except (services.Unsendable, FileNotFoundError, ValueError):
        letters = []
    return framed(letters[0].html if letters else "")


def _as_drafted(
    request: HttpRequest, subject: Model, draft: Unsent, contacts: list[Any]
) -> Message:
    return services.say(
        subject, body=draft.body, visibility=Visibility.CUSTOMER, by=me(request),
        at=timezone.now(), contacts=contacts, draft=draft, papers=draft.papers,
        subject_line=draft.subject_line, quotes=draft.quotes,
    )  # fmt: skip


@require_safe
@writes
def template(request: HttpRequest, subject_type: str, pk: int) -> JsonResponse:
    """Words that are offered here, with what the object says filled in, for the form."""
    subject = seen(request, subject_type, pk)
    offer = taken(me(request), subject, request.GET.get("key", "")[:40])
    if offer is None:
        raise Http404
    services.count_use(offer.key, version=offer.version, at=timezone.now())
    return JsonResponse({"text": offer.body, "subject": offer.subject_line, "taken": offer.taken})


@require_POST
@writes
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Second thoughts: the message does not leave, and its words are in the form again."""
    row, subject = message_of(request, pk)
    here = reverse("comms:thread", args=[row.thread.subject_type, row.thread.subject_id])
    try:
        again = services.take_back(row, subject, by=me(request), at=timezone.now())
    except services.TooLate as refusal:
        messages.error(request, str(refusal))
        return (
            slot(request, subject, status=HTTPStatus.CONFLICT)
            if HX in request.headers
            else redirect(here)
        )
    if HX in request.headers:
        return slot(
            request, subject, initial=None if again else {"body": row.body, "to": row.visibility}
        )
    messages.success(request, "Taken back. The customer got nothing; your words are below.")
    return redirect(here if again else f"{here}?again={row.pk}")
