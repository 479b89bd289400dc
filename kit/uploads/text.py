"""Plain text, tables and mails: letters only, read block by block."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

BLOCK: Final = 64 * 1024
# Tab, line feed, form feed and carriage return are the control characters of plain text.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
CONTROL_BYTE: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What a browser or a program would take for something else than words.
ACTIVE: Final = re.compile(
    r"\s*(?:<!doctype|<!--|<\?xml|<html|<head|<body|<svg|<script|<iframe|<\?php|%pdf-|gif8[79]a|\{\\rtf)",
    re.IGNORECASE,
)
FIELD: Final = re.compile(r"[!-9;-~]{1,70}:[ \t]?.*")
TELLING: Final = re.compile(
    r"^(?:from|received|date|message-id|mime-version|return-path|delivered-to):",
    re.IGNORECASE | re.MULTILINE,
)


def blocks(file: BinaryIO, size: int = BLOCK) -> Iterator[bytes]:
    file.seek(0)
    yield from iter(lambda: file.read(size), b"")


def is_text(file: BinaryIO) -> bool:
    """Valid UTF-8, UTF-16 with its mark, or a single-byte encoding, without control characters;
    nothing that begins as a page, a picture or a script does."""
    file.seek(0)
    head = file.read(BLOCK)
    if head.startswith(UTF16):
        return _decodes(blocks(file), "utf-16") and not ACTIVE.match(
            head[: BLOCK // 2].decode("utf-16", "ignore")
        )
    if any(CONTROL_BYTE.search(block) for block in blocks(file)):
        return False
    begins = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    if ACTIVE.match(begins):
        return False
    return not head.startswith(codecs.BOM_UTF8) or _decodes(blocks(file), "utf-8")


def is_mail(file: BinaryIO) -> bool:
    """Text whose first line is a header field and whose head says where it came from."""
    if not is_text(file):
        return False
    file.seek(0)
    head = file.read(BLOCK).decode("latin-1").replace("\r\n", "\n").split("\n\n")[0]
    return bool(FIELD.match(head.split("\n")[0]) and TELLING.search(head))


def is_calendar(file: BinaryIO) -> bool:
    """Text that is an iCalendar object (RFC 5545): an invitation, or an answer to one."""
    if not is_text(file):
        return False
    file.seek(0)
    return (
        file.read(BLOCK)
        .removeprefix(codecs.BOM_UTF8)
        .lstrip()
        .upper()
        .startswith(b"BEGIN:VCALENDAR")
    )


def _decodes(parts: Iterable[bytes], encoding: str) -> bool:
    reader = codecs.getincrementaldecoder(encoding)()
    try:
        for part in parts:
            if CONTROL.search(reader.decode(part)):
                return False
        reader.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
