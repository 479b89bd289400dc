"""Office files are zip archives of XML: looked through before anybody opens them.

Every member is unpacked once, block by block, and thrown away; what the archive's index says is
checked against what comes out of it. https://www.bamsoftware.com/hacks/zipbomb/ names the tricks.
"""

import itertools
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from kit.uploads.refusals import MEGABYTE, NotAllowed

BLOCK: Final = 64 * 1024
MOST_MEMBERS: Final = 2_000
MOST_INDEX: Final = 1 * MEGABYTE  # bytes of the archive's index: read into memory at once
MOST_UNPACKED: Final = 100 * MEGABYTE
MOST_RATIO: Final = 200  # of a member that unpacks to more than a megabyte
MOST_EMBEDDED: Final = 20
END: Final = struct.Struct("<4s4H2LH")
LOCAL: Final = struct.Struct("<4s5H3L2H")
DESCRIPTION: Final = "[Content_Types].xml"
# A chart of a presentation carries its sheet here; nothing else may be an archive.
EMBEDDED: Final = re.compile(r"(?:word|xl|ppt)/embeddings/[^/]+\.(?:docx|xlsx|pptx)", re.IGNORECASE)
MACROS: Final = re.compile(r"(?:^|/)vbaproject\.bin$|^basic/|^scripts/", re.IGNORECASE)
DECLARES: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
ENCODING: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
ENCODINGS: Final = frozenset({b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"iso-8859-1", b"windows-1252"})  # fmt: skip
MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
SYMLINK: Final = 0o120000
DAMAGED: Final = "The file is damaged, or not what its ending says. Save it again and send that."


@dataclass
class Budget:
    """What one upload may still unpack, with all that is embedded in it."""

    unpacked: int = MOST_UNPACKED
    members: int = MOST_MEMBERS
    embedded: int = MOST_EMBEDDED

    def take(self, size: int) -> None:
        self.unpacked -= size
        if self.unpacked < 0:
            raise NotAllowed(
                f"The file unpacks to more than {MOST_UNPACKED // MEGABYTE} MB. Split it."
            )


def looked_through(file: BinaryIO, budget: Budget | None = None, *, depth: int = 0) -> set[str]:
    """The names of the members, all of them looked through; OpenDocument's own name of its kind
    stands among them as `mimetype:...`.

    :raises NotAllowed: for bombs, archives in archives, names that climb, macros, entities.
    """
    budget = budget or Budget()
    members = _index(file, budget)
    names = {member.filename for member in members}
    if len(names) != len(members):
        raise NotAllowed(DAMAGED)
    _check_places(members)
    for member in members:
        _check_member(member)
        found = _look(file, member, budget, depth)
        if member.filename == "mimetype" and member is members[0]:
            names.add(f"mimetype:{found.decode('ascii', 'replace')}")
    return names


def _index(file: BinaryIO, budget: Budget) -> list[zipfile.ZipInfo]:
    """What the archive says it holds. The end record is read first: the index is as long as it
    says, and a long one would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(size - END.size, 0))
    tail = file.read(END.size)
    if len(tail) < END.size or not tail.startswith(b"PK\x05\x06"):
        raise NotAllowed(DAMAGED)
    _, disk, first_disk, here, total, length, start, comment = END.unpack(tail)
    if disk or first_disk or comment or here != total or start + length + END.size != size:
        raise NotAllowed(DAMAGED)
    budget.members -= total
    if budget.members < 0 or length > MOST_INDEX:
        raise NotAllowed(f"The file has more than {MOST_MEMBERS:,} parts. Nobody can look them through.")  # fmt: skip
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as broken:
        raise NotAllowed(DAMAGED) from broken
    if len(members) != total:
        raise NotAllowed(DAMAGED)
    return members


def _check_places(members: list[zipfile.ZipInfo]) -> None:
    """Members lie one after the other: a bomb lets many share the same bytes."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    for one, following in itertools.pairwise(ordered):
        if one.header_offset + LOCAL.size + one.compress_size > following.header_offset:
            raise NotAllowed(DAMAGED)


def _check_member(member: zipfile.ZipInfo) -> None:
    raw = member.orig_filename
    climbs = ".." in re.split(r"[/\\]", raw) or raw.startswith(("/", "\\")) or "\\" in raw
    if climbs or ":" in raw or any(ord(letter) < ord(" ") for letter in raw):
        raise NotAllowed("A part of the file has a name that leads outside of it.")
    if member.external_attr >> 16 & 0o170000 == SYMLINK:
        raise NotAllowed("A part of the file points to another file.")
    if member.flag_bits & 1:
        raise NotAllowed("The file is protected by a password. Send it without one.")
    if MACROS.search(raw):
        raise NotAllowed("The file holds macros. Save it without them and send that.")
    if member.compress_type not in {STORED, DEFLATED}:
        raise NotAllowed(DAMAGED)
    if member.file_size > max(MEGABYTE, member.compress_size * MOST_RATIO):
        raise NotAllowed("The file is packed far too tightly to be opened safely.")


def _look(file: BinaryIO, member: zipfile.ZipInfo, budget: Budget, depth: int) -> bytes:
    """Unpack one member; its first bytes."""
    parts = _unpacked(file, member, budget)
    head = next(parts, b"")
    if head.startswith(b"PK\x03\x04"):
        _look_inside(member, itertools.chain([head], parts), budget, depth)
    elif _is_xml(member.filename, head):
        _look_for_entities(head, parts)
    else:
        for _ in parts:
            pass
    return head[:200]


def _unpacked(file: BinaryIO, member: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    """The content in blocks. The bytes decide, not the index: a member that holds more or less
    than the index says, or other bytes than its sum says, is refused."""
    file.seek(member.header_offset)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise NotAllowed(DAMAGED)
    *_, name_length, extra_length = LOCAL.unpack(header)
    if file.read(name_length) != _raw_name(member):
        raise NotAllowed(DAMAGED)
    begin = file.tell() + extra_length
    came, check = 0, 0
    for block in _inflated(file, begin, member):
        came += len(block)
        check = zlib.crc32(block, check)
        budget.take(len(block))
        if came > member.file_size:
            raise NotAllowed(DAMAGED)
        yield block
    if came != member.file_size or check != member.CRC:
        raise NotAllowed(DAMAGED)


def _raw_name(member: zipfile.ZipInfo) -> bytes:
    return member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")


def _inflated(file: BinaryIO, place: int, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The position in the file is kept here: an embedded archive may move it between blocks."""
    left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == DEFLATED else None
    waiting = b""
    while left or waiting:
        if not waiting:
            file.seek(place)
            waiting = file.read(min(BLOCK, left))
            if not waiting:
                raise NotAllowed(DAMAGED)
            place, left = place + len(waiting), left - len(waiting)
        if inflate is None:
            yield waiting
            waiting = b""
            continue
        try:
            yield inflate.decompress(waiting, BLOCK)
        except zlib.error as broken:
            raise NotAllowed(DAMAGED) from broken
        waiting = inflate.unconsumed_tail
        if inflate.eof and (left or inflate.unused_data):
            raise NotAllowed(DAMAGED)
    while inflate is not None and not inflate.eof and (rest := inflate.decompress(b"", BLOCK)):
        yield rest


def _look_inside(
    member: zipfile.ZipInfo, parts: Iterator[bytes], budget: Budget, depth: int
) -> None:
    """The sheet of a chart, by the same rules and out of the same budget; no other archive."""
    budget.embedded -= 1
    if depth or budget.embedded < 0 or not EMBEDDED.fullmatch(member.filename):
        raise NotAllowed("The file has another archive in it. Send that one by itself.")
    with tempfile.TemporaryFile() as inner:
        for part in parts:
            inner.write(part)
        looked_through(inner, budget, depth=depth + 1)


def _is_xml(name: str, head: bytes) -> bool:
    if name.lower().endswith((".xml", ".rels")):
        return True
    return _plain(head[:400]).lstrip().startswith(b"<")


def _plain(part: bytes) -> bytes:
    """UTF-16 and UTF-32 read as ASCII: enough to find markup in them."""
    for mark in MARKS:
        part = part.removeprefix(mark)
    return part.replace(b"\0", b"")


def _look_for_entities(head: bytes, parts: Iterator[bytes]) -> None:
    start = _plain(head[:1000])
    said = ENCODING.search(start)
    unreadable = start.strip() and not start.lstrip().startswith(b"<")
    if unreadable or (said and said[1].lower() not in ENCODINGS):
        raise NotAllowed(DAMAGED)
    before = b""
    for part in itertools.chain([head], parts):
        text = before + _plain(part)
        if DECLARES.search(text):
            raise NotAllowed("The file declares entities of its own, as attacks do.")
        before = text[-32:]
