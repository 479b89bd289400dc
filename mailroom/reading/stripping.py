"""What somebody wrote just now, without what she answers and without her signature."""

import re
from typing import Final

from mailparser_reply import EmailReplyParser

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


def reply_of(text: str) -> str:
    """The new words of a mail; all of it when nothing would be left, or when it is too long to tell."""
    text = text.strip()
    start = text[:LONGEST]
    if not text or any(len(line) > LONGEST_LINE for line in start.split("\n")):
        return text
    found = EmailReplyParser(languages=LANGUAGES).parse_reply(text=start) or ""
    found = SENT_FROM.sub("", SIGNATURE.sub("", found)).strip()
    if len(start) < len(text) and len(found) > LONGEST * MOST_OF_IT:
        return text  # no quote begins where we looked: she wrote all of it
    return found or text
