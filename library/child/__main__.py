"""The child: reads one file into a folder, within limits that it sets itself before it opens it.

    python -m library.child read FILE FOLDER LIMITS
    python -m library.child mark FILE FOLDER LIMITS WORDS

It knows nothing of the portal: no database, no settings, no Django. `text.json` is written first and
whole, so that what was read is not lost when drawing the pages takes too long.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

TEXT = "text.json"
MARKED = "marked.pdf"


def confine(limits: dict[str, Any]) -> None:
    """Memory, processor time, size of what is written, open files; no core dump."""
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]), (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, limits["written"]), (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))


def write(folder: Path, name: str, found: dict[str, Any]) -> None:
    """All of it or nothing: a file that is there is whole."""
    part = folder / f"{name}.part"
    part.write_text(json.dumps(found), encoding="utf-8")
    part.rename(folder / name)


def main(arguments: list[str]) -> int:
    act, file, folder, limits_text, *words = arguments
    limits = json.loads(limits_text)
    confine(limits)
    from library.child import formats  # noqa: PLC0415 - what it imports counts against the limits

    place, out = Path(file), Path(folder)
    try:
        if act == "mark":
            from library.child import mark  # noqa: PLC0415

            mark.mark(place, out / MARKED, words[0])
            return 0
        text = formats.read(place, limits)
        write(out, TEXT, text)
        if text["kind"] == "pdf":
            formats.draw(place, out, limits)
        elif text["kind"] == "picture":
            formats.draw_picture(place, out, limits)
    except formats.Unreadable as refusal:
        write(out, TEXT, {"problem": str(refusal)})
    except (MemoryError, ImportError):  # a library that does not fit says either
        write(out, TEXT, {"problem": "It needs more memory to be opened than is allowed."})
    except RecursionError:
        write(out, TEXT, {"problem": "It is nested too deeply to be read."})
    except Exception as broken:
        name = type(broken).__name__
        write(out, TEXT, {"problem": "It is damaged and cannot be read.", "fault": name})
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # no destructor of a library gets a say any more
