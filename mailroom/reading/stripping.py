"""What somebody wrote just now, without what she answers and without her signature."""

import re
from re import Pattern
from typing import Final

from mailparser_reply.parser import EmailMessage

LANGUAGES: Final = ["en", "de", "da", "fr", "it", "ja", "ko", "nl", "pl", "sv", "es", "cs", "david"]
LONGEST: Final = 20_000  # characters that are looked through: its patterns take the square of them
MOST_OF_IT: Final = 0.9
LONGEST_LINE: Final = 2_000
SIGNATURE: Final = re.compile(r"\n-- ?\n.*\Z", re.DOTALL)
SENT_FROM: Final = re.compile(
    r"\n+(sent from (my|a) |envoyé de mon |von meinem .{1,30} gesendet|enviado desde mi |inviato da )"
    r".{0,60}\Z",
    re.IGNORECASE,
)


class _Words(EmailMessage):
    """Only the newest reply, as the library cuts it: its signatures and disclaimers, which take most
    of the time, are never asked for, and its long pattern is put together once."""

    @property
    def HEADER_REGEX(self) -> Pattern[str]:  # noqa: N802 - the library's name
        return HEADERS

    def _process_signatures_disclaimers(self, _text: str) -> tuple[list[str], str]:
        return [], ""


HEADERS: Final[Pattern[str]] = EmailMessage("", languages=list(LANGUAGES)).HEADER_REGEX


def reply_of(text: str) -> str:
    """The new words of a mail; all of it when nothing would be left, or when it is too long to tell."""
    text = text.strip()
    start = text[:LONGEST]
    if not text or any(len(line) > LONGEST_LINE for line in start.split("\n")):
        return text
    found = _Words(start, languages=list(LANGUAGES)).read().latest_reply or ""
    found = SENT_FROM.sub("", SIGNATURE.sub("", found)).strip()
    if len(start) < len(text) and len(found) > LONGEST * MOST_OF_IT:
        return text  # no quote begins where we looked: she wrote all of it
    return found or text
