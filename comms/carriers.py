"""Who carries what is owed: each way out by its name, kept open over many deliveries."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from comms.backends import RelayBackend
from comms.http_mail import STEP
from comms.http_mail import carry as carry_by_http
from comms.mail import Around, calendar_as_file, message_of
from comms.models import MAIN, Delivery
from comms.outcomes import NotReached

PLAIN_SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
ANYMAIL: Final = "anymail.backends."
OURS: Final = "comms.backends.RelayBackend"


class Carrier(Protocol):
    """One way out. `carry` raises one of comms.outcomes, or nothing when it was taken.

    Those of settings.CHANNEL_CARRIERS are made without arguments, and may have a static method
    `taken`: given Message-IDs, which of them the other side took (settings.RELAY_LOG for mail).
    """

    def carry(self, delivery: Delivery, around: Around) -> None: ...

    def close(self) -> None: ...


def names() -> list[str]:
    """Every way out that is set up."""
    mail = [MAIN, *(name for name in settings.MAIL_PROVIDERS if name != MAIN)]
    return [*mail, *(name for name in settings.CHANNEL_CARRIERS if name not in mail)]


def log_of(name: str) -> str:
    """The dotted path of what can be asked which Message-IDs a way out took; "" without one."""
    if name in settings.CHANNEL_CARRIERS:
        path: str = settings.CHANNEL_CARRIERS[name]
        return f"{path}.taken" if hasattr(import_string(path), "taken") else ""
    if name == MAIN:
        return str(settings.RELAY_LOG)
    return str(settings.MAIL_PROVIDERS.get(name, {}).get("log", ""))


def taken(name: str, message_ids: Iterable[str]) -> Mapping[str, bool | None]:
    """Ask a way out which of these it took: yes, no, or None where nobody can say."""
    path = log_of(name)
    if not path:
        return {}
    own = name in settings.CHANNEL_CARRIERS
    ask = import_string(settings.CHANNEL_CARRIERS[name]).taken if own else import_string(path)
    found: Mapping[str, bool | None] = ask(list(message_ids))
    return found


class MailCarrier:
    """Mail, through one of Django's e-mail backends."""

    def __init__(self, name: str) -> None:
        how: dict[str, Any] = {} if name == MAIN else settings.MAIL_PROVIDERS[name]
        path = how.get("backend", settings.EMAIL_BACKEND)
        options = how.get("options", {})
        if path.startswith(ANYMAIL):
            options = {"requests_timeout": STEP} | options
        self.backend: BaseEmailBackend = get_connection(
            OURS if path == PLAIN_SMTP else path, **options
        )
        self.once_header: str = how.get("idempotency_header", "")

    def carry(self, delivery: Delivery, around: Around) -> None:
        mail = message_of(delivery, around)
        mail.connection = self.backend
        if isinstance(self.backend, RelayBackend):
            self.backend.carry(mail)
        elif hasattr(self.backend, "esp_name"):
            calendar_as_file(mail, delivery)
            carry_by_http(self.backend, mail, delivery, self.once_header)
        else:
            self._simply(mail)

    def _simply(self, mail: EmailMultiAlternatives) -> None:
        try:
            mail.send()
        except OSError as away:  # a file or a folder: written whole or not at all
            raise NotReached(f"Mail cannot be written: {away}") from away

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.backend.close()


class Ways:
    """The ways out that somebody uses; closed at the end, whatever happened."""

    def __init__(self) -> None:
        self._open: dict[str, Carrier] = {}

    def __enter__(self) -> "Ways":
        return self

    def __exit__(self, *_: object) -> None:
        for carrier in self._open.values():
            carrier.close()
        self._open.clear()

    def __getitem__(self, name: str) -> Carrier:
        if name not in self._open:
            own = settings.CHANNEL_CARRIERS.get(name)
            self._open[name] = import_string(own)() if own else MailCarrier(name)
        return self._open[name]
