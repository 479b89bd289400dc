"""What is in a file, by its content and not by its name. Runs in the child only."""

import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

HEAD: Final = 1024
MOST_MEMBERS: Final = 2_000
MOST_UNPACKED: Final = 100 * 1024 * 1024
MOST_RATIO: Final = 200
SMALL: Final = 1024 * 1024  # what unpacks to less is let be, however well it is packed
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
MACROS: Final = ("vbaproject.bin", "vbadata.xml")
MOST_EMPTY: Final = 200_000  # cells of a sheet in a row that say nothing
MOST_PIXELS: Final = 60_000_000
MOST_NESTED: Final = 32
POINTS: Final = 72


class Unreadable(Exception):
    """Why nothing can be read; fit for people to read."""


class Text:
    """Letters up to a limit; full says that there was more."""

    def __init__(self, most: int) -> None:
        self.most, self.parts, self.size, self.full = most, io.StringIO(), 0, False

    def add(self, words: str) -> bool:
        """Take a line; whether there is room for more."""
        line = " ".join("".join(map(_shown, words)).split())
        if not line:
            return not self.full
        if self.size + len(line) >= self.most:
            line, self.full = line[: max(0, self.most - self.size - 1)], True
        self.parts.write(line + "\n")
        self.size += len(line) + 1
        return not self.full

    def __str__(self) -> str:
        return self.parts.getvalue().strip()


def _shown(letter: str) -> str:
    """Control characters (NUL, which the database does not take) and halves of letters are spaces."""
    return " " if unicodedata.category(letter) in {"Cc", "Cs"} else letter


def read(place: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """{kind, text, pages, full}

    :raises Unreadable: with words for people.
    """
    with place.open("rb") as file:
        head = file.read(HEAD)
    kind = _kind(place, head)
    text = Text(limits["letters"])
    pages = READERS[kind](place, text, limits["pages"])
    return {"kind": kind, "text": str(text), "pages": pages, "full": text.full}


def _kind(place: Path, head: bytes) -> str:
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office(place)
    if head.startswith(OLD_OFFICE):
        raise Unreadable("It is of an old Office, or protected by a password. Save it anew.")
    if head.startswith(PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "picture"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("It is neither a document nor text.")
    return "text"


def _office(place: Path) -> str:
    """Which office file an archive is, once nothing in it is out of bounds."""
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.infolist()
            _check_members(members)
            names = {member.filename for member in members}
            _check_bytes(archive, members)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as broken:
        raise Unreadable("It is damaged and cannot be read.") from broken
    folders = {name.split("/")[0] for name in names}
    for folder, kind in (("word", "docx"), ("ppt", "pptx"), ("xl", "xlsx")):
        if folder in folders:
            return kind
    if "mimetype" in names and "content.xml" in names:
        return "odf"
    raise Unreadable("It is an archive. Add the files in it one by one.")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise Unreadable("It has far too many parts to be opened safely.")
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Unreadable("It unpacks to more than 100 MB. Split it.")
    for member in members:
        if member.flag_bits & 1:
            raise Unreadable("It is protected by a password.")
        if member.filename.lower().endswith(MACROS):
            raise Unreadable("It holds macros. Save it without them.")
        if member.file_size > max(SMALL, member.compress_size * MOST_RATIO):
            raise Unreadable("It is packed far too tightly to be opened safely.")


def _check_bytes(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Unpack all of it once and throw it away: what the index says may be a lie, and zipfile stops
    at the size that it says. XML that declares entities is a bomb or a trap."""
    for member in members:
        with archive.open(member) as part:
            start = part.read(4096)
            declares = b"<!DOCTYPE" in start or b"<!ENTITY" in start
            if declares and member.filename.lower().endswith((".xml", ".rels")):
                raise Unreadable("It declares entities of its own, as attacks do.")
            while part.read(64 * 1024):
                pass


def _pdf(place: Path, text: Text, most: int) -> int:
    document = _opened(place)
    pages = len(document)
    for number in range(min(pages, most)):
        page = document[number]
        words = page.get_textpage()
        room = _lines(text, words)
        words.close()
        page.close()
        if not room:
            break
    text.full = text.full or pages > most
    return pages


def _lines(text: Text, words: Any) -> bool:
    return all(text.add(line) for line in words.get_text_bounded().splitlines())


def _opened(place: Path) -> Any:
    import pypdfium2  # noqa: PLC0415 - each kind loads its own library only

    try:
        return pypdfium2.PdfDocument(place)
    except pypdfium2.PdfiumError as broken:
        if "password" in str(broken).lower():
            raise Unreadable("It is protected by a password.") from broken
        raise Unreadable("It is damaged and cannot be read.") from broken


def draw(place: Path, out: Path, limits: dict[str, Any]) -> None:
    """The first pages as pictures, no larger than `pixels` on their longer side."""
    document = _opened(place)
    for number in range(min(len(document), limits["drawn"])):
        page = document[number]
        longest = max(page.get_width(), page.get_height())
        if longest < 1:
            continue
        scale = min(limits["pixels"] / longest, limits["pixels"] / POINTS / 4)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        part = out / f"{number + 1}.part"
        picture.save(part, "PNG", optimize=False)
        part.rename(out / f"{number + 1}.png")
        page.close()


def draw_picture(place: Path, out: Path, limits: dict[str, Any]) -> None:
    """A picture is its own only page. How large it says that it is, is asked before it is opened."""
    from PIL import Image  # noqa: PLC0415

    with Image.open(place) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            return
        small = picture.convert("RGB")
        small.thumbnail((limits["pixels"], limits["pixels"]))
        small.save(out / "1.part", "PNG")
    (out / "1.part").rename(out / "1.png")


def _docx(place: Path, text: Text, _most: int) -> int | None:
    import docx  # noqa: PLC0415

    document = docx.Document(str(place))
    for line in _docx_lines(document):
        if not text.add(line):
            break
    return None


def _docx_lines(document: Any) -> Iterator[str]:
    for paragraph in document.paragraphs:
        yield paragraph.text
    for table in document.tables:
        for row in table.rows:
            yield " ".join(cell.text for cell in row.cells)
    for section in document.sections:
        for paragraph in section.header.paragraphs:
            yield paragraph.text


def _pptx(place: Path, text: Text, most: int) -> int:
    import pptx  # noqa: PLC0415

    slides = pptx.Presentation(str(place)).slides
    for number, slide in enumerate(slides):
        if number >= most or not all(text.add(line) for line in _slide_lines(slide)):
            text.full = True
            break
    return len(slides)


def _slide_lines(slide: Any) -> Iterator[str]:
    yield from _shape_lines(slide.shapes, 0)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield slide.notes_slide.notes_text_frame.text


def _shape_lines(shapes: Any, depth: int) -> Iterator[str]:
    for shape in shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                yield " ".join(cell.text for cell in row.cells)
        if hasattr(shape, "shapes") and depth < MOST_NESTED:
            yield from _shape_lines(shape.shapes, depth + 1)


def _xlsx(place: Path, text: Text, most: int) -> int:
    import openpyxl  # noqa: PLC0415

    with place.open("rb") as file:  # given a path, it would go by the name
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        names = book.sheetnames
        for sheet in book.worksheets[:most]:
            if not text.add(sheet.title) or not _sheet(sheet, text):
                break
        text.full = text.full or len(names) > most
        return len(names)


def _sheet(sheet: Any, text: Text) -> bool:
    empty = 0
    sheet.reset_dimensions()  # what a sheet says of its size may be a lie
    for row in sheet.iter_rows(values_only=True):
        words = " ".join(str(cell) for cell in row if cell is not None)
        empty = 0 if words else empty + max(len(row), 1)
        if empty > MOST_EMPTY:
            text.full = True
            break
        if not text.add(words):
            return False
    return True


def _odf(place: Path, text: Text, _most: int) -> int | None:
    from lxml import etree  # noqa: PLC0415

    with zipfile.ZipFile(place) as archive, archive.open("content.xml") as part:
        for _, node in etree.iterparse(part, resolve_entities=False, no_network=True):
            if etree.QName(node).localname in {"p", "h"}:
                if not text.add("".join(node.itertext())):
                    break
                node.clear()
    return None


def _picture(_place: Path, _text: Text, _most: int) -> int:
    return 1


def _plain(place: Path, text: Text, _most: int) -> int | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415

    with place.open("rb") as file:
        raw = file.read(text.most * 4)
    for encoding in (
        ("utf-8-sig", "utf-16") if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",)
    ):
        try:
            words = raw.decode(encoding)
            break
        except UnicodeDecodeError as fault:
            if fault.start > len(raw) - 4:  # a letter that was cut at the end
                words = raw.decode(encoding, "ignore")
                break
    else:
        best = from_bytes(raw[: 64 * 1024]).best()
        words = raw.decode(best.encoding if best else "latin-1", "replace")
    for line in words.splitlines():
        if not text.add(line):
            break
    return None


READERS: Final[dict[str, Callable[[Path, Text, int], int | None]]] = {
    "pdf": _pdf, "docx": _docx, "pptx": _pptx, "xlsx": _xlsx, "odf": _odf, "picture": _picture,
    "text": _plain,
}  # fmt: skip
