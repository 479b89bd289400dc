"""Everything that an import does: keep the file, wait its turn, read, check and write."""

from imports.services.runs import (
    Busy,
    UploadRefused,
    again,
    forget_files,
    run_next,
    start,
    upload,
)
from imports.services.sources import Source, Sources, from_folder, guessed, opened, sample
from imports.services.undo import UndoRefused, ask_undo, undo_next, why_not
from imports.services.work import perform

__all__ = [
    "Busy", "Source", "Sources", "UndoRefused", "UploadRefused", "again", "ask_undo", "forget_files",
    "from_folder", "guessed", "opened", "perform", "run_next", "sample", "start", "undo_next",
    "upload", "why_not",
]  # fmt: skip
