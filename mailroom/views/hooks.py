"""Public doors for mail providers: what they post is checked, kept, and answered."""

import hashlib
import logging
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kit.uploads import takes_files
from mailroom import hooks, services

log = logging.getLogger(__name__)
REALM = 'Basic realm="mail hooks"'
RETRY_SECONDS = "60"


@takes_files("MAIL_HOOK_MAX_BYTES", at_once=1)
@csrf_exempt  # the provider's signature or password says who posts
@require_http_methods(["HEAD", "POST"])
@login_not_required
def inbound(request: HttpRequest, provider: str) -> HttpResponse:
    """Mail that a provider received for us."""
    return _answer(request, provider, "inbound", settings.MAIL_HOOK_MAX_BYTES)


@csrf_exempt  # the provider's signature or password says who posts
@require_http_methods(["HEAD", "POST"])
@login_not_required
def tracking(request: HttpRequest, provider: str) -> HttpResponse:
    """What became of mail that we sent."""
    return _answer(request, provider, "tracking", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


# The middleware must not read the form before the door: mail is larger, and is bytes.
inbound.reads_itself = tracking.reads_itself = True  # type: ignore[attr-defined]


def _answer(request: HttpRequest, provider: str, way: str, most: int) -> HttpResponse:
    try:
        door = hooks.door_of(provider, way)
    except hooks.NotSetUp as missing:
        raise Http404(str(missing)) from missing
    if request.method == "HEAD":
        return HttpResponse()
    if door.asks_for_password and "Authorization" not in request.headers:
        return _plain(HTTPStatus.UNAUTHORIZED, "Who are you?", **{"WWW-Authenticate": REALM})
    body = request.read(most + 1)
    if len(body) > most:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is more than is taken.")
    try:
        return _post(request, door, body)
    except hooks.Forged as refusal:
        # Neither the body nor a header is logged: a secret may stand in them.
        log.warning("a post for %s was refused: %s", provider, refusal)
        return _plain(HTTPStatus.FORBIDDEN, "This does not prove that it is from the provider.")


def _post(request: HttpRequest, door: hooks.Door, body: bytes) -> HttpResponse:
    """:raises hooks.Forged: if it does not prove whence it is."""
    try:
        posted = hooks.Posted(request, body)
    except (ValueError, LookupError) as broken:
        raise hooks.Forged("no form that can be read") from broken
    door.verify(posted)
    now = timezone.now()
    try:
        said = door.read(posted)
    except hooks.TryLater as later:
        log.warning("a post for %s waits: %s", door.provider, later)
        return _plain(
            HTTPStatus.SERVICE_UNAVAILABLE, "Try again later.", **{"Retry-After": RETRY_SECONDS}
        )
    except hooks.Unreadable as wrong:
        return _unreadable(door, body, str(wrong))
    try:
        if door.way == "inbound":
            services.take_mails(door.provider, said, at=now)  # type: ignore[arg-type]
        else:
            services.take_reports(door.provider, said, at=now)  # type: ignore[arg-type]
    except services.TooLarge as refusal:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(refusal))
    return HttpResponse()


def _unreadable(door: hooks.Door, body: bytes, why: str) -> HttpResponse:
    """A report is noted and not asked for again; a mail had better be kept by the provider."""
    digest = hashlib.sha256(body).hexdigest()
    services.note_unreadable(door.provider, door.way, digest=digest, why=why, at=timezone.now())
    if door.way == "inbound":
        return _plain(HTTPStatus.UNPROCESSABLE_ENTITY, "This mail could not be read.")
    return HttpResponse()


def _plain(status: HTTPStatus, words: str, **headers: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain", headers=headers)
