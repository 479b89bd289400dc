"""A local mail relay that writes down every Message-ID before it says yes."""

import os
import socket
import time
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller

LOG = "TEST_RELAY_LOG"  # the environment names the file, so that workers find it too


def seen():
    """Every Message-ID that the relay accepted, in order, as often as it did."""
    path = Path(os.environ[LOG])
    return path.read_text().split() if path.exists() else []


def accepted(message_ids):
    """What settings.RELAY_LOG points at: the relay knows for sure."""
    known = set(seen())
    return {message_id: message_id in known for message_id in message_ids}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Handler:
    def __init__(self, pause, answers):
        self.pause, self.answers, self.mails = pause, list(answers), []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content)
        self.mails.append(mail)
        with Path(os.environ[LOG]).open("a") as log:
            log.write(f"{mail['Message-ID']}\n")
        time.sleep(self.pause)  # accepted, but the sender does not know yet
        return "250 OK"


@contextmanager
def relay(folder, monkeypatch, *, pause=0.0, answers=()):
    """`answers` are said to the first mails, which are then not accepted."""
    monkeypatch.setenv(LOG, str(folder / "relay.log"))
    handler = Handler(pause, answers)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    handler.port = controller.port
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()
