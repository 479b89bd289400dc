"""A body that a provider posted, taken apart by ourselves: mails are larger than what Django reads
of a form, and their bytes must not be decoded on the way."""

import io
from email import message_from_bytes
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

MOST_FIELDS: Final = 1000


class Posted(HttpRequest):
    """What django-anymail's classes ask of a request, over bytes that were read already.

    `fields` has the text fields as they came, byte for byte.

    :raises ValueError: for a form that is none.
    """

    def __init__(self, request: HttpRequest, body: bytes) -> None:
        super().__init__()
        self._scheme = request.scheme or "http"
        self.META, self.method, self.path = request.META, request.method, request.path
        self._set_content_type_params(self.META)  # type: ignore[attr-defined] # Django's own
        self._body, self._stream, self._read_started = body, io.BytesIO(body), True
        self.encoding = "utf-8"
        self.fields: dict[str, bytes] = {}
        self._form = cast("Any", QueryDict(mutable=True))
        self.POST, self.FILES = self._form, MultiValueDict()
        self._take_apart(body)

    def _get_scheme(self) -> str:
        return self._scheme

    def _take_apart(self, body: bytes) -> None:
        kind, boundary = self.content_type, (self.content_params or {}).get("boundary", "")
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(
                body.decode("latin-1"), keep_blank_values=True, encoding="latin-1",
                max_num_fields=MOST_FIELDS,
            )  # fmt: skip
            for name, value in pairs:
                self._field(
                    name.encode("latin-1").decode("utf-8", "replace"), value.encode("latin-1")
                )
        elif kind == "multipart/form-data":
            for head, content in _pieces(body, boundary):
                self._piece(head, content)

    def _field(self, name: str, value: bytes) -> None:
        self.fields[name] = value
        self._form.appendlist(name, value.decode("utf-8", "replace"))

    def _piece(self, head: bytes, content: bytes) -> None:
        headers = message_from_bytes(head)
        name = headers.get_param("name", "", header="content-disposition")
        file = headers.get_filename()
        if file is None:
            self._field(str(name), content)
            return
        named = str(file).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        made = SimpleUploadedFile(named or "file", content, headers.get_content_type())
        self.FILES.appendlist(str(name), made)


def _pieces(body: bytes, boundary: str) -> list[tuple[bytes, bytes]]:
    """(headers, content) of each part of a multipart/form-data body (RFC 7578)."""
    if not boundary or not boundary.isascii():
        raise ValueError("The form has no boundary.")
    found: list[tuple[bytes, bytes]] = []
    mark = b"\r\n--" + boundary.encode()
    for piece in (b"\r\n" + body).split(mark, MOST_FIELDS + 2)[1:]:
        if piece.startswith(b"--"):
            return found
        head, middle, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not middle or len(found) >= MOST_FIELDS:
            break
        found.append((head, content))
    raise ValueError("The form is not whole.")
