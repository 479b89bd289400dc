"""Mail through a provider's HTTP interface, by django-anymail: what its answers mean."""

import hashlib
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any, Final

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from comms.models import Delivery
from comms.outcomes import Later, Never, NotReached, Unknown
from kit.outgoing import seconds_to_wait, timed_file

OURS_TO_MEND: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
LATER: Final = {
    HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.REQUEST_TIMEOUT,
}  # fmt: skip
NO_SUCH_READER: Final = 550
# Connecting, sending and the whole answer stay below comms.deliveries.SLOWEST together.
STEP: Final = 15
ANSWER: Final = 20.0
LONGEST_WAIT: Final = 3600


def carry(backend: Any, mail: EmailMultiAlternatives, delivery: Delivery, once_header: str) -> None:
    """Hand one mail to the provider. Where it knows a header for that, the same delivery under the
    same key is one mail, however often it is handed over.

    :raises NotReached: | :raises Later: | :raises Never: | :raises Unknown: as it went.
    :raises ValueError: for a mail that this provider cannot send.
    """
    mail.metadata = {"delivery": delivery.message_id}  # type: ignore[attr-defined] # comes back in its reports
    way: InTime | None = None
    try:
        backend.open()
        way = _in_time(backend)
        if once_header:
            key = hashlib.sha256(delivery.key.encode()).hexdigest()[:40]
            backend.session.headers[once_header] = key
        mail.send()
    except AnymailRecipientsRefused as refusal:
        raise Never(NO_SUCH_READER, str(refusal)) from refusal
    except AnymailAPIError as failure:
        raise _meaning(failure) from failure
    except AnymailError as unfit:
        if way is not None and way.used:  # it is the answer that is not understood, not the mail
            raise Unknown(f"The provider's answer is not understood: {unfit}") from unfit
        raise ValueError(str(unfit)) from unfit


def _meaning(failure: AnymailAPIError) -> Exception:
    code = failure.status_code
    if code is None:
        return _without_answer(failure)
    words = str(failure)[:500]
    if code in OURS_TO_MEND:
        return NotReached(f"The provider does not let us in: {words}")
    if code in LATER:
        return Later(code, words, wait=_wait(failure))
    if code < HTTPStatus.MULTIPLE_CHOICES:
        return Unknown(f"The provider said yes in words that are not understood: {words}")
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"The provider failed with {code}: {words}")
    return Never(code, words)


def _wait(failure: AnymailAPIError) -> int:
    headers = getattr(failure.response, "headers", None) or {}
    return seconds_to_wait(headers.get("Retry-After", ""), at=timezone.now(), most=LONGEST_WAIT)


def _in_time(backend: Any) -> "InTime | None":
    """Answers of a provider end at a last moment, also when they drip."""
    session = getattr(backend, "session", None)
    if session is None:
        return None
    way = session.get_adapter("https://")
    if not isinstance(way, InTime):
        way = InTime()
        session.mount("https://", way)
        session.mount("http://", way)
    way.used = False
    return way


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = timed_file(sock, seconds=ANSWER, holds=self.fp)


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class InTime(HTTPAdapter):
    """Connections whose answers are read until a last moment. `used`: something was sent by it."""

    used = False

    def send(self, *args: Any, **kwargs: Any) -> Any:
        self.used = True
        return super().send(*args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _without_answer(failure: AnymailAPIError) -> Exception:
    """Only when no connection came about is it certain that nothing was taken."""
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, requests.ConnectTimeout | NewConnectionError):
            return NotReached(f"The provider cannot be reached: {failure}")
        reason = cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None
        cause = getattr(reason, "reason", None) or cause.__cause__
    return Unknown(f"The provider did not answer: {failure}")
