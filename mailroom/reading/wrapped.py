"""TNEF (winmail.dat): what Outlook wraps a mail's files in for others of its kind (MS-OXTNEF)."""

import struct
from typing import Final

SIGNATURE: Final = 0x223E9F78
TITLE, DATA, BODY, BEGINS = 0x00018010, 0x0006800F, 0x0002800C, 0x00069002
MAPI: Final = 0x00069005
LONG_NAME: Final = b"\x1f\x00\x07\x37"  # PidTagAttachLongFilename, in UTF-16
MOST: Final = 100
KINDS: Final = {"application/ms-tnef", "application/vnd.ms-tnef"}


def unwrapped(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """(plain text, files by name) of a wrapping; what is broken gives what was whole before."""
    text = ""
    files: list[tuple[str, bytes]] = []
    if len(data) < 6 or struct.unpack_from("<L", data)[0] != SIGNATURE:  # noqa: PLR2004 - its head
        return text, []
    for attribute, value in _records(data):
        if attribute == BODY:
            text = value.rstrip(b"\0").decode("utf-8", "replace")
        elif attribute == BEGINS and len(files) < MOST:
            files.append(("", b""))
        elif files and attribute == TITLE:
            files[-1] = (files[-1][0] or value.rstrip(b"\0").decode("latin-1"), files[-1][1])
        elif files and attribute == DATA:
            files[-1] = (files[-1][0], value)
        elif files and attribute == MAPI:
            files[-1] = (_long_name(value) or files[-1][0], files[-1][1])
    return text, [file for file in files if file[1]]


def _records(data: bytes) -> list[tuple[int, bytes]]:
    """Level, attribute, length, value, sum: one after the other, after a head of six bytes."""
    found: list[tuple[int, bytes]] = []
    place = 6
    while place + 9 <= len(data) and len(found) < MOST * 20:
        attribute, length = struct.unpack_from("<LL", data, place + 1)
        begin, end = place + 9, place + 9 + length
        if end > len(data):
            break
        found.append((attribute, data[begin:end]))
        place = end + 2
    return found


def _long_name(value: bytes) -> str:
    at = value.find(LONG_NAME)
    if at < 0 or at + 12 > len(value):
        return ""
    (length,) = struct.unpack_from("<L", value, at + 8)
    return value[at + 12 : at + 12 + min(length, 510)].decode("utf-16-le", "replace").rstrip("\0")
