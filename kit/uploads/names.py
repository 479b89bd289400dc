"""What a file may be called: the words people gave it, without what hurts or misleads."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 255  # bytes, as file systems count
LONGEST_ENDING: Final = 20
# Names that Windows keeps for devices, whatever their ending.
DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE
)
FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
JOINERS: Final = frozenset("\u200c\u200d")  # Persian words and emoji need them


def clean_name(raw: str) -> str:
    """`raw` as a file name for every system: no folders, no control or direction characters, no
    device, at most 255 bytes with its ending kept."""
    text = "".join(map(_shown, unicodedata.normalize("NFC", raw)))
    text = FORBIDDEN.sub("_", re.split(r"[/\\]", text)[-1])
    text = " ".join(text.split()).lstrip(". ").rstrip(". ")
    if DEVICES.fullmatch(text.split(".")[0].strip()):
        text = f"_{text}"
    return _shortened(text) or "file"


def ending(name: str) -> str:
    """The part after the last dot, in lower case; empty when there is none."""
    stem, dot, last = name.rpartition(".")
    return last.lower() if dot and stem else ""


def _shown(letter: str) -> str:
    """Controls (Cc), overrides and other invisible marks (Cf), halves of letters (Cs) are left out;
    line ends become a space."""
    kind = unicodedata.category(letter)
    if kind in {"Zl", "Zp"} or letter in "\r\n\t":
        return " "
    return "" if kind in {"Cc", "Cf", "Cs"} and letter not in JOINERS else letter


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, last = name.rpartition(".")
    tail = dot + last if stem and len(last.encode()) <= LONGEST_ENDING else ""
    head = stem if tail else name
    kept = head.encode()[: LONGEST - len(tail.encode())].decode(errors="ignore")
    return kept.rstrip(". ") + tail
