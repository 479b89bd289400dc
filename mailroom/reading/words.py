"""Text out of bytes that claim a charset, and out of headers that claim to be encoded."""

from email.errors import HeaderParseError
from email.header import Header, decode_header
from typing import Final

import charset_normalizer

LONGEST: Final = 1_000_000  # characters of a body that are looked at; the raw mail is kept whole
LONGEST_HEADER: Final = 50_000
TELLING: Final = 64  # bytes that a guess needs at least
GUESSED: Final = 4_000  # bytes that decide when no charset fits


def decoded(raw: bytes, charset: str) -> str:
    """`raw` as text: by its declared charset, else UTF-8, else the likeliest, else byte for byte."""
    for name in (charset, "utf-8"):
        try:
            return clean(raw.decode(name))
        except (LookupError, ValueError, UnicodeError):
            continue
    if len(raw) < TELLING:  # too short to guess by: as most programs of the west write
        return clean(raw.decode("cp1252", errors="replace"))
    best = charset_normalizer.from_bytes(raw[:GUESSED]).best()
    return clean(raw.decode(best.encoding if best else "latin-1", errors="replace"))


def header(value: object) -> str:
    """A header as people read it: decoded, on one line."""
    if value is None:
        return ""
    text = (value.encode() if isinstance(value, Header) else str(value))[:LONGEST_HEADER]
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError, TypeError):
        return one_line(text)
    found = [
        decoded(piece, charset or "utf-8") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    ]
    return one_line("".join(found))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Without what a database refuses: NUL and lone surrogates (bytes that no charset explained)."""
    kept = text.replace("\0", "").encode("utf-8", errors="surrogateescape")
    return kept.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
