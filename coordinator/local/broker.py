"""The filesystem broker, with messages that appear whole: a reader never finds half of one."""

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        """Write the message under another name, then give it its own in one step."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        whole = Path(self.data_folder_out) / name
        part = whole.with_suffix(".part")
        try:
            part.write_bytes(dumps(payload).encode())
            os.replace(part, whole)  # noqa: PTH105 - atomic on every system
        except OSError as exc:
            raise ChannelError(f"Cannot put the message into {whole.parent}") from exc


class Transport(filesystem.Transport):
    Channel = Channel
