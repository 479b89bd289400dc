"""Files for guests: with the name of who looks across every page, where that is wanted."""

import io
from typing import Final

from django.http import FileResponse
from PIL import Image, ImageDraw, ImageFont

from kit.paper.fonts import FILES, FOLDER
from kit.uploads import store
from library.files import file_of, opened, picture_of, saved
from library.files import picture as shown
from library.models import PageImage, Share, Version
from library.reading import marked

PDF: Final = "application/pdf"
TURN: Final = 32
INK: Final = (70, 70, 70, 72)


def may_download(share: Share, version: Version) -> bool:
    """What is to be marked is a PDF: in other files nothing can be drawn."""
    return share.download and (not share.watermark or version.mime == PDF)


def download(version: Version, mark: str) -> FileResponse:
    """The file, to be saved; with `mark` a copy that has it on every page.

    :raises Unmarkable: if that cannot be done within the limits.
    :raises Http404: when the file is not on the disk.
    """
    if not mark:
        return file_of(version)
    opened(version.stored_as).close()
    content = marked(store.path_of(version.stored_as), mark)
    return saved(io.BytesIO(content), name=version.name, mime=version.mime)


def picture(image: PageImage, mark: str) -> FileResponse:
    """A page; it is one that our own reader drew, so it is safe to open here."""
    if not mark:
        return picture_of(image)
    with opened(image.stored_as) as file, Image.open(file) as page:
        drawn = Image.alpha_composite(page.convert("RGBA"), _words(page.size, mark))
    kept = io.BytesIO()
    drawn.convert("RGB").save(kept, "PNG")
    return shown(kept.getvalue())


def _words(size: tuple[int, int], mark: str) -> Image.Image:
    """The words again and again, from corner to corner."""
    font = ImageFont.truetype(str(FOLDER / FILES["Plain"]), max(14, size[0] // 46))
    left, top, right, bottom = font.getbbox(mark)
    tile = Image.new("RGBA", (int(right - left) + 8, int(bottom - top) + 8), (0, 0, 0, 0))
    ImageDraw.Draw(tile).text((4 - left, 4 - top), mark, font=font, fill=INK)
    tile = tile.rotate(TURN, expand=True)
    over = Image.new("RGBA", size, (0, 0, 0, 0))
    for row, y in enumerate(range(-tile.height // 2, size[1], max(60, int(tile.height * 0.9)))):
        for x in range(-(row % 2) * tile.width // 2, size[0], tile.width + 40):
            over.alpha_composite(tile, (max(0, x), max(0, y)))
    return over
