"""A small SMTP server of our own: what it says yes to is kept."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.utils import timezone

from mailroom import services
from mailroom.services.taking import LARGEST

MOST_RECIPIENTS: Final = 100
TRIES: Final = 2


class Line(SMTP):
    """Programs write lines longer than SMTP allows; a mail is not sent back for that."""

    line_length_limit = 1024 * 1024


def _take(raw: bytes, recipients: list[str], sender: str | None) -> str:
    """The server's reply: yes only after the mail is committed.

    Asking the database before each mail whether it is still there takes as long as a statement of
    the mail itself. What fails is tried once more on a new connection: the same mail is kept once.
    """
    for _ in range(TRIES):
        try:
            services.take(
                raw, source="smtp", at=timezone.now(), recipients=recipients, sender=sender
            )
        except services.TooLarge as refusal:
            return f"552 5.3.4 {refusal}"
        except DatabaseError:
            connection.close()
        else:
            return "250 2.0.0 Kept"
    return "451 4.3.0 Try again later"


class Server(Controller):
    """A server in a thread of its own."""

    def factory(self) -> SMTP:
        return Line(self.handler, **self.SMTP_kwargs)


class Intake:
    """What aiosmtpd asks us; the names are its own."""

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:  # fmt: skip
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw: Any = envelope.content or b""
        return await sync_to_async(_take, thread_sensitive=False)(
            bytes(raw), list(envelope.rcpt_tos), (envelope.mail_from or "").strip("<> ")
        )


HOW: Final[Mapping[str, Any]] = {
    "data_size_limit": LARGEST, "decode_data": False, "enable_SMTPUTF8": True,
}  # fmt: skip


def controller(host: str, port: int) -> Controller:
    """A server that is not started yet."""
    return Server(Intake(), hostname=host, port=port, **HOW)


async def serve(host: str, port: int) -> None:
    """Serve until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(Intake(), **HOW), host, port)
    async with server:
        await server.serve_forever()
