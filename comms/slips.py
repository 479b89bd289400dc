"""What speaks for a slip of the hand before words leave the house: each must be confirmed."""

from typing import Any, Final

from django.db.models import Model

from comms.models import Message, Visibility
from comms.parties import parties_of
from comms.templates import holes

LOOKS_AT: Final = 100  # internal messages, the newest
TELLING: Final = 25  # so many characters of a line are hardly the same by chance
INSIDE: Final = {Visibility.INTERNAL, Visibility.REQUESTER, "ask"}


def slips(subject: Model, said: dict[str, Any]) -> list[str]:
    """Reasons to ask once more, in words for the writer; none for what stays in the house.

    `said` is a cleaned SayForm: `to`, `typed_for`, `body`, and what was confirmed: all that the page
    said ("1"), or that it was begun for colleagues ("typed"), which the page asks by itself.
    """
    if said["to"] != Visibility.CUSTOMER or said["confirm"] == "1":
        return []
    found = []
    if said["typed_for"] in INSIDE and said["confirm"] != "typed":
        found.append("You began this for colleagues.")
    if _of_colleagues(subject, said["body"]):
        found.append("It holds words of an internal message.")
    if empty := holes(said["body"] + said["subject_line"]):
        names = ", ".join("{{" + name + "}}" for name in empty)
        found.append(f"It has gaps that nothing filled: {names}.")
    return found


def _of_colleagues(subject: Model, body: str) -> bool:
    """Whether a line of the text, quoted or not, stands in an internal message of the conversation."""
    lines = {_bare(line) for line in body.splitlines()}
    lines = {line for line in lines if len(line) >= TELLING}
    if not lines:
        return False
    keys = [subject.pk, *parties_of(subject).family]
    inside = Message.objects.filter(
        thread__subject_type=subject._meta.label_lower, thread__subject_id__in=keys,
        visibility=Visibility.INTERNAL, withdrawn_at=None,
    )  # fmt: skip
    texts = inside.order_by("-at", "-pk").values_list("body", flat=True)[:LOOKS_AT]
    return any(_bare(line) in lines for text in texts for line in text.splitlines())


def _bare(line: str) -> str:
    return " ".join(line.lstrip("> \t").split()).lower()
