"""What a customer opens from the link in her mail, without an account.

Reading changes nothing but "opened"; what is sent is a form, so that a mail scanner that follows
links sends nothing.
"""

from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from comms.files import served
from comms.services import Unsendable
from documents import queries, services
from documents.forms import SendForm
from documents.models import MOST_FILES, AskLink
from journal import idempotency
from kit import uploads
from kit.limits import limited

Answer = TypeVar("Answer", bound=HttpResponseBase)


@never_cache
@login_not_required
@csrf_exempt  # the key is the proof, no cookie is; and without a referrer browsers say no origin
@require_http_methods(["GET", "HEAD", "POST"])
@limited
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=MOST_FILES)
def send(request: HttpRequest, key: str) -> HttpResponse:
    """What is asked, and the form that sends it."""
    link = services.open_link(key, at=timezone.now())
    if link is None:
        return gone(request)
    if request.method == "POST":
        return _receive(request, link)
    if request.method == "GET":
        services.mark_opened(link.ask, at=timezone.now())
    return _page(request, link, SendForm())


def _receive(request: HttpRequest, link: AskLink) -> HttpResponse:
    form = SendForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, link, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    try:
        _once(request, link, form)
        return _closed(redirect(f"{request.path}?thanks=1"))
    except services.LinkGone:
        return gone(request)
    except services.TooMany as refusal:
        return _refused(request, link, form, "files", str(refusal))
    except uploads.UploadRefused as refusal:
        return _refused(request, link, form, "files", str(refusal), status=refusal.status)
    except Unsendable as refusal:
        return _refused(request, link, form, "note", str(refusal))


def _once(request: HttpRequest, link: AskLink, form: SendForm) -> None:
    """Keep what came; a double submit changes nothing.

    Not `form_once`, which keeps the address of the form: the key of the link is in it, and is kept
    nowhere but as a digest.
    """

    def effect() -> tuple[int, None]:
        note = form.cleaned_data["note"]
        services.receive(link, files=form.sent(), note=note, at=timezone.now())
        return HTTPStatus.OK, None

    key = request.POST.get("idempotency_key", "").replace("\0", "")[: idempotency.LONGEST // 2]
    if key:
        idempotency.once(0, f"documents:{link.pk}:{key}", "form", effect)
    else:
        effect()


def _refused(
    request: HttpRequest, link: AskLink, form: SendForm, field: str, words: str,
    *, status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> HttpResponse:  # fmt: skip
    form.add_error(field, words)
    link.ask.refresh_from_db()
    return _page(request, link, form, status=status)


def _page(
    request: HttpRequest, link: AskLink, form: SendForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    ask, now = link.ask, timezone.now()
    most = int(settings.UPLOAD_MAX_BYTES)
    template = ask.template if ask.template and ask.template.removed_at is None else None
    context: dict[str, Any] = {
        "row": ask, "card": queries.card(ask, now), "form": form, "about": services.about(ask),
        "company": settings.COMPANY_NAME, "thanks": "thanks" in request.GET, "template": template,
        "room": services.room(ask), "most": most, "most_words": uploads.size_in_words(most),
        "accept": uploads.ACCEPTED, "kinds": uploads.IN_WORDS,
    }  # fmt: skip
    return _closed(TemplateResponse(request, "documents/public.html", context, status=status))


@never_cache
@require_safe
@login_not_required
@limited
def template(request: HttpRequest, key: str) -> Any:
    """The form to fill in: its bytes."""
    link = services.open_link(key, at=timezone.now())
    file = link.ask.template if link is not None else None
    if file is None or file.removed_at is not None:
        return gone(request)
    return _closed(served(file))


def gone(request: HttpRequest) -> HttpResponse:
    """The same for a link that never was, is too old, or has done its work."""
    context = {"company": settings.COMPANY_NAME}
    page = TemplateResponse(
        request, "documents/public_gone.html", context, status=HTTPStatus.NOT_FOUND
    )
    return _closed(page)


def _closed(answer: Answer) -> Answer:
    """No search engine keeps the page, and no other site learns its address."""
    answer["X-Robots-Tag"], answer["Referrer-Policy"] = "noindex", "no-referrer"
    return answer
