"""Files that people send: what is taken, under which name, where it is kept."""

from kit.uploads.kinds import ACCEPTED, BY_MIME, IN_WORDS, UNKNOWN, Kind, inspect, is_still
from kit.uploads.limits import MULTIPART, check_length, refusal_of, taken_by, takes_files
from kit.uploads.names import clean_name
from kit.uploads.refusals import NotAllowed, TooLarge, UploadRefused, size_in_words

__all__ = [
    "ACCEPTED", "BY_MIME", "IN_WORDS", "MULTIPART", "UNKNOWN", "Kind", "NotAllowed", "TooLarge",
    "UploadRefused", "check_length", "clean_name", "inspect", "is_still", "refusal_of",
    "size_in_words", "taken_by", "takes_files",
]  # fmt: skip
