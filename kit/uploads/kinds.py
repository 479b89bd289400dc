"""Which files are taken: by what they are called and by what is in them, both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.conf import settings

from kit.uploads import office, text
from kit.uploads.names import clean_name, ending
from kit.uploads.refusals import NotAllowed, too_large

Check = Callable[[BinaryIO], bool]
HEAD: Final = 64
OPENDOCUMENT: Final = "application/vnd.oasis.opendocument."
OPENXML: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """A kind of file: what servers call it, what people call it, how it is shown."""

    mime: str
    label: str
    icon: str
    previewed: bool = False


def _begins(*signatures: bytes) -> Check:
    def check(file: BinaryIO) -> bool:
        file.seek(0)
        return file.read(HEAD).startswith(signatures)

    return check


def _png(file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(HEAD)
    return head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR"


def _webp(file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(HEAD)
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _openxml(folder: str) -> Check:
    def check(file: BinaryIO) -> bool:
        if not _begins(b"PK\x03\x04")(file):
            return False
        names = office.looked_through(file)
        return office.DESCRIPTION in names and any(name.startswith(folder) for name in names)

    return check


def _opendocument(kind: str) -> Check:
    def check(file: BinaryIO) -> bool:
        if not _begins(b"PK\x03\x04")(file):
            return False
        return f"mimetype:{OPENDOCUMENT}{kind}" in office.looked_through(file)

    return check


JPEG: Final = Kind("image/jpeg", "JPEG picture", "photo", previewed=True)
KINDS: Final[Mapping[str, tuple[Kind, Check]]] = {
    "pdf": (Kind("application/pdf", "PDF", "file-type-pdf"), _begins(b"%PDF-")),
    "png": (Kind("image/png", "PNG picture", "photo", previewed=True), _png),
    "jpg": (JPEG, _begins(b"\xff\xd8\xff")),
    "jpeg": (JPEG, _begins(b"\xff\xd8\xff")),
    "gif": (Kind("image/gif", "GIF picture", "photo", previewed=True), _begins(b"GIF87a", b"GIF89a")),
    "webp": (Kind("image/webp", "WebP picture", "photo", previewed=True), _webp),
    "docx": (Kind(f"{OPENXML}wordprocessingml.document", "Word document", "file-text"), _openxml("word/")),
    "xlsx": (Kind(f"{OPENXML}spreadsheetml.sheet", "Excel workbook", "table"), _openxml("xl/")),
    "pptx": (Kind(f"{OPENXML}presentationml.presentation", "Presentation", "file-text"), _openxml("ppt/")),
    "odt": (Kind(f"{OPENDOCUMENT}text", "OpenDocument text", "file-text"), _opendocument("text")),
    "ods": (Kind(f"{OPENDOCUMENT}spreadsheet", "OpenDocument sheet", "table"), _opendocument("spreadsheet")),
    "csv": (Kind("text/csv", "CSV table", "table"), text.is_text),
    "tsv": (Kind("text/tab-separated-values", "TSV table", "table"), text.is_text),
    "txt": (Kind("text/plain", "Text", "file-text"), text.is_text),
    "ics": (Kind("text/calendar", "Calendar entry", "calendar"), text.is_calendar),
    "eml": (Kind("message/rfc822", "Mail", "mail"), text.is_mail),
}  # fmt: skip
BY_MIME: Final[Mapping[str, Kind]] = {kind.mime: kind for kind, _ in KINDS.values()}
UNKNOWN: Final = Kind("application/octet-stream", "File", "paperclip")
ACCEPTED: Final = ",".join(f".{name}" for name in KINDS)  # for the `accept` of a file input
IN_WORDS: Final = (
    "PDF, pictures (PNG, JPEG, GIF, WebP), Word, Excel, PowerPoint, OpenDocument, CSV, text, "
    "calendar entries (.ics) and mails (.eml)"
)
# What people try most often gets an answer of its own.
INSTEAD: Final[Mapping[str, str]] = {
    "svg": "SVG files can carry scripts. Save the drawing as PNG or PDF.",
    "heic": "Send the photo as JPEG.",
    "zip": "Send the files in it one by one.",
    "doc": "Save it as DOCX or PDF.",
    "xls": "Save it as XLSX or CSV.",
    "ppt": "Save it as PPTX or PDF.",
    "docm": "Save it as DOCX, without macros.",
    "xlsm": "Save it as XLSX, without macros.",
    "msg": "Save the mail as .eml.",
}
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def inspect(file: BinaryIO, name: str) -> Kind:
    """What `file` is, called `name`. Reads it block by block, from the start; never all at once.

    :raises TooLarge: when it has more than settings.UPLOAD_MAX_BYTES.
    :raises NotAllowed: when it is empty, of no kind that is taken, or not what its ending says.
    """
    name = clean_name(name)
    size = file.seek(0, 2)
    if size > settings.UPLOAD_MAX_BYTES:
        raise too_large(name, settings.UPLOAD_MAX_BYTES)
    if not size:
        raise NotAllowed(f"“{name}” is empty.")
    last = ending(name)
    if last not in KINDS:
        instead = INSTEAD.get(last) or f"Taken are {IN_WORDS}."
        raise NotAllowed(f"“{name}” cannot be attached. {instead}")
    kind, check = KINDS[last]
    try:
        fits = check(file)
    except NotAllowed as refusal:
        raise NotAllowed(f"“{name}” cannot be attached. {refusal}") from refusal
    finally:
        file.seek(0)
    if not fits:
        raise NotAllowed(_what_it_is_not(file, name, kind))
    return kind


def _what_it_is_not(file: BinaryIO, name: str, kind: Kind) -> str:
    old = _begins(OLD_OFFICE)(file)
    file.seek(0)
    if old:
        return (
            f"“{name}” is of an old Office or protected by a password. Save it anew, without one."
        )
    return f"“{name}” is called a {kind.label} but is none. Save it again in that format."


def is_still(file: BinaryIO, mime: str) -> bool:
    """Whether a kept file begins as its kind does; asked again before a browser shows it."""
    checks = [check for kind, check in KINDS.values() if kind.mime == mime]
    fits = any(check(file) for check in checks)
    file.seek(0)
    return fits
