"""What somebody wrote just now, without what she answers and without her signature."""

import re
from typing import Final

from mailparser_reply import EmailReplyParser

LANGUAGES: Final = ["en", "de", "da", "fr", "it", "ja", "ko", "nl", "pl", "sv", "es", "cs", "david"]
LONGEST: Final = 60_000
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
    if (
        not text
        or len(text) > LONGEST
        or any(len(line) > LONGEST_LINE for line in text.split("\n"))
    ):
        return text
    found = EmailReplyParser(languages=LANGUAGES).parse_reply(text=text) or ""
    found = SENT_FROM.sub("", SIGNATURE.sub("", found)).strip()
    return found or text
