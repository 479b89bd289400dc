"""Which provider may post what, and how it proves that it is who it says.

A provider of settings.MAIL_PROVIDERS has doors when it has "hooks": the name by which
django-anymail knows it ("by", else that of its backend) and the secret that its posts are checked
with, under the name that django-anymail gives it.
"""

import copy
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Final

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailImproperlyInstalled,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from mailroom.hooks import said
from mailroom.hooks.posted import Posted

INBOUND, TRACKING = "inbound", "tracking"
PASSWORD: Final = "webhook_secret"  # noqa: S105 - the name of a setting: "user:password" of basic auth
BASE: Final = "anymail.webhooks"


class NotSetUp(Exception):
    """There is no such door; the text is fit for an administrator."""


class Forged(Exception):
    """It does not prove that it is from the provider."""


class Unreadable(Exception):
    """From the provider, and not understood."""


class TryLater(Exception):
    """A part of it has to be fetched, and cannot be now."""


@dataclass(frozen=True)
class _Known:
    """The classes that know a provider's posts, and the settings that prove a post: one is enough."""

    classes: Mapping[str, str]
    proofs: Mapping[str, tuple[str, ...]]


def _known(path: str, *proofs: str, inbound: tuple[str, ...] = ()) -> _Known:
    module, _, name = path.partition(".")
    classes = {
        way: f"{BASE}.{module}.{name}{way.title()}WebhookView" for way in (INBOUND, TRACKING)
    }
    return _Known(
        classes, {TRACKING: proofs or (PASSWORD,), INBOUND: inbound or proofs or (PASSWORD,)}
    )


MANDRILL: Final = f"{BASE}.mandrill.MandrillCombinedWebhookView"
KNOWN: Final[Mapping[str, _Known]] = {
    "amazon_ses": _Known(
        {INBOUND: "mailroom.hooks.amazon.Inbound", TRACKING: "mailroom.hooks.amazon.Tracking"},
        {INBOUND: (PASSWORD,), TRACKING: (PASSWORD,)},
    ),
    "brevo": _known("brevo.Brevo"),
    "mailersend": _known("mailersend.MailerSend", "signing_secret", inbound=("inbound_secret",)),
    "mailgun": _known("mailgun.Mailgun", "webhook_signing_key"),
    "mailjet": _known("mailjet.Mailjet"),
    "mailtrap": _known("mailtrap.Mailtrap", "signing_secret", inbound=("inbound_secret",)),
    "mandrill": _Known(
        {INBOUND: MANDRILL, TRACKING: MANDRILL},
        {INBOUND: ("webhook_key",), TRACKING: ("webhook_key",)},
    ),
    "postal": _known("postal.Postal", "webhook_key"),
    "postmark": _known("postmark.Postmark"),
    "resend": _known("resend.Resend", "signing_secret", PASSWORD, inbound=("inbound_secret", PASSWORD)),
    "sendgrid": _known(
        "sendgrid.SendGrid", "tracking_webhook_verification_key", PASSWORD, inbound=(PASSWORD,)
    ),
    "sparkpost": _known("sparkpost.SparkPost"),
    "unisender_go": _Known(
        {TRACKING: f"{BASE}.unisender_go.UnisenderGoTrackingWebhookView"}, {TRACKING: ("api_key",)}
    ),
}  # fmt: skip


def set_up() -> dict[str, str]:
    """{provider: by which name django-anymail knows it} of all that have doors."""
    found = {}
    for name, how in settings.MAIL_PROVIDERS.items():
        if isinstance(how.get("hooks"), dict):
            module = str(how.get("backend", "")).removeprefix("anymail.backends.")
            found[name] = str(how["hooks"].get("by") or module.partition(".")[0])
    return found


def door_of(provider: str, way: str) -> "Door":
    """The door of a provider for reports ("tracking") or mail ("inbound").

    :raises NotSetUp: if it has none, or nothing that its posts could be checked with.
    """
    by = set_up().get(provider)
    if by is None:
        raise NotSetUp(f"{provider!r} has no hooks in MAIL_PROVIDERS.")
    known = KNOWN.get(by)
    if known is None or way not in known.classes:
        raise NotSetUp(f"{provider!r}: django-anymail knows no {way} posts by {by!r}.")
    how = {
        key: value
        for key, value in settings.MAIL_PROVIDERS[provider]["hooks"].items()
        if key != "by"
    }
    if not any(how.get(proof) for proof in known.proofs[way]):
        raise NotSetUp(f"{provider!r} needs one of {', '.join(known.proofs[way])} in its hooks.")
    return Door(provider, by, way, _view(known.classes[way], json.dumps(how, sort_keys=True)))


_one_at_a_time: Final = Lock()


@lru_cache(maxsize=64)
def _view(path: str, how: str) -> Any:
    """One of django-anymail's views, made once: making it may warn, and load a key."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a provider that anymail no longer tests itself
        cls = import_string(path)
        options = json.loads(how)
        try:
            return cls(**options)
        except (
            AnymailConfigurationError,
            AnymailImproperlyInstalled,
            ValueError,
            TypeError,
        ) as wrong:
            raise NotSetUp(f"The hooks cannot be set up: {type(wrong).__name__}.") from wrong


@dataclass(frozen=True)
class Door:
    provider: str
    by: str
    way: str
    view: Any

    @property
    def asks_for_password(self) -> bool:
        return bool(self.view.basic_auth)

    def verify(self, posted: Posted) -> None:
        """:raises Forged: if it does not prove that it is from the provider."""
        try:
            self.view.run_validators(posted)
        except ImproperlyConfigured:
            raise
        except Exception as wrong:  # validators stumble over what nobody signed, in any way
            raise Forged(f"{self.by}: {type(wrong).__name__}") from wrong
        if self.by == "mailgun":
            said.check_fresh(posted, Forged)

    def read(self, posted: Posted) -> list[said.Told] | list[said.Mail]:
        """What a verified post says.

        :raises TryLater: | :raises Unreadable:
        """
        view = copy.copy(self.view)  # one of them remembers what it read last
        try:
            events = view.parse_events(posted)
            if self.way == INBOUND:
                return [said.mail_of(event, self.by, posted) for event in events]
            return [said.told_of(event, self.by, posted) for event in events]
        except AnymailAPIError as wrong:
            if wrong.status_code is not None or wrong.response is not None:
                raise TryLater(str(type(wrong).__name__)) from wrong
            raise Unreadable(type(wrong).__name__) from wrong
        except OSError as away:
            raise TryLater(type(away).__name__) from away
        except Exception as wrong:  # what is not understood is kept, and shown
            raise Unreadable(f"{type(wrong).__name__}: {wrong}"[:300]) from wrong
