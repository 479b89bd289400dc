"""Mail through a provider's HTTP interface, by django-anymail: what its answers mean."""

import hashlib
from http import HTTPStatus
from typing import Any, Final

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from urllib3.exceptions import NewConnectionError

from comms.models import Delivery
from comms.outcomes import Later, Never, NotReached, Unknown

OURS_TO_MEND: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
LATER: Final = {
    HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.REQUEST_TIMEOUT,
}  # fmt: skip
NO_SUCH_READER: Final = 550


def carry(backend: Any, mail: EmailMultiAlternatives, delivery: Delivery, once_header: str) -> None:
    """Hand one mail to the provider. Where it knows a header for that, the same delivery under the
    same key is one mail, however often it is handed over.

    :raises NotReached: | :raises Later: | :raises Never: | :raises Unknown: as it went.
    :raises ValueError: for a mail that this provider cannot send.
    """
    mail.metadata = {"delivery": delivery.message_id}  # type: ignore[attr-defined] # comes back in its reports
    try:
        backend.open()
        if once_header:
            key = hashlib.sha256(delivery.key.encode()).hexdigest()[:40]
            backend.session.headers[once_header] = key
        mail.send()
    except AnymailRecipientsRefused as refusal:
        raise Never(NO_SUCH_READER, str(refusal)) from refusal
    except AnymailAPIError as failure:
        raise _meaning(failure) from failure
    except AnymailError as unfit:
        raise ValueError(str(unfit)) from unfit


def _meaning(failure: AnymailAPIError) -> Exception:
    code = failure.status_code
    if code is None:
        return _without_answer(failure)
    words = str(failure)[:500]
    if code in OURS_TO_MEND:
        return NotReached(f"The provider does not let us in: {words}")
    if code in LATER:
        return Later(code, words)
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"The provider failed with {code}: {words}")
    return Never(code, words)


def _without_answer(failure: AnymailAPIError) -> Exception:
    """Only when no connection came about is it certain that nothing was taken."""
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, requests.ConnectTimeout | NewConnectionError):
            return NotReached(f"The provider cannot be reached: {failure}")
        reason = cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None
        cause = getattr(reason, "reason", None) or cause.__cause__
    return Unknown(f"The provider did not answer: {failure}")
