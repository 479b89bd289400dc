"""What a colleague can be told of, and how she hears of it unless she chose otherwise."""

from dataclasses import dataclass
from typing import Final

from django.db import models


class Mail(models.TextChoices):
    """Whether a notice also leaves by mail; in the inbox it always stands."""

    NOW = "now", "At once"
    DIGEST = "digest", "In the summary"
    NEVER = "never", "No mail"


@dataclass(frozen=True)
class Kind:
    """`urgent` ones pass quiet hours."""

    code: str
    label: str
    mail: Mail = Mail.NOW
    urgent: bool = False


KINDS: Final = {
    kind.code: kind
    for kind in (
        Kind("turn", "Somebody needs an answer from me"),
        Kind("turn_reminder", "A question to me waits for a day"),
        Kind("mentioned", "Somebody names me"),
        Kind("answered", "My question is answered", Mail.DIGEST),
        Kind("customer_wrote", "A customer writes"),
        Kind("followed", "Something I follow changes, or a promise is at risk"),
        Kind("approval", "An approval is asked or answered"),
        Kind("bounce", "My mail came back"),
        Kind("followup", "A follow-up is for me"),
        Kind("followup_draft", "A follow-up waits for my approval", Mail.DIGEST),
        Kind("other", "Anything else"),
    )
}


def kind_of(code: str) -> Kind:
    return KINDS.get(code, KINDS["other"])
