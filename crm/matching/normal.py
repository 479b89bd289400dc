"""Values made comparable: names, domains, phones, addresses, tax numbers."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

from crm.matching.words import COUNTRIES, FREEMAIL, LEGAL_FORMS, SHORT, STOP, STREET

PLAIN: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
    }
)
DOTTED: Final = re.compile(r"(?<![a-z0-9])((?:[a-z]\.){1,5}[a-z]?)(?![a-z0-9])")
SINGLE: Final = re.compile(r"(?<![a-z0-9])([a-z](?:[ /][a-z]){1,4})(?![a-z0-9])")
NO_WORD: Final = re.compile(r"[^a-z0-9]+")
OTHER: Final = re.compile(r"[^\w]+")
DIGITS: Final = 9  # of a number's end: enough to tell two lines apart, few enough for old formats
SHORTEST_PHONE: Final = 6
LONGEST_KEY: Final = 60


def plain(text: str) -> str:
    """Lower case without accents; letters of other scripts stay as they are."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN))
    return "".join(c for c in spread if not unicodedata.combining(c))


def name_tokens(name: str) -> tuple[str, ...]:
    """The words that tell companies apart, in the order in which they stand.

    Legal forms, joining words and punctuation are gone, accents too, and usual abbreviations are
    written out. A name of nothing else keeps its words.
    """
    text = (
        plain(name)
        .replace("'", "")
        .replace("\u2019", "")
        .replace("&", " and ")
        .replace("+", " and ")
    )
    text = DOTTED.sub(lambda m: m[1].replace(".", ""), text)
    text = SINGLE.sub(lambda m: m[1].replace(" ", "").replace("/", ""), text)
    split = (NO_WORD if text.isascii() else OTHER).sub(" ", text).split()
    words = [SHORT.get(word, word) for word in split]
    kept = [word for word in words if word not in LEGAL_FORMS and word not in STOP]
    return tuple(kept or words)


def person_tokens(name: str) -> tuple[str, ...]:
    """Given and family names, without titles and punctuation."""
    split = OTHER.sub(" ", plain(name).replace("'", "")).split()
    titles = {"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "ing", "dipl", "mba", "phd"}
    return tuple(word for word in split if word not in titles) or tuple(split)


@lru_cache(maxsize=2_000)
def country(name: str) -> str:
    """Two letters where we know the country, else its plain name."""
    text = NO_WORD.sub(" ", plain(name)).strip()
    return COUNTRIES.get(text, text)


def domain(text: str) -> str:
    """The domain of a website or a mail address; empty for those that anybody may have."""
    host = text.strip().lower().rpartition("@")[2].rpartition("//")[2]
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").strip(".")
    return "" if host in FREEMAIL or "." not in host or " " in host else host[:LONGEST_KEY]


def phone(text: str, in_country: str) -> str:
    """The last digits of the national number; empty for what is no number."""
    digits = "".join(c for c in text if c.isdecimal())
    if len(digits) < SHORTEST_PHONE:
        return ""
    region = in_country if len(in_country) == 2 else None  # noqa: PLR2004 - ISO 3166
    try:
        parsed = phonenumbers.parse(text[:40], region)
        national = str(parsed.national_number)
    except phonenumbers.NumberParseException:
        national = digits.lstrip("0")
    return national[-DIGITS:] if len(national) >= SHORTEST_PHONE else ""


def street(text: str) -> tuple[tuple[str, ...], str]:
    """(words of the street, house number)."""
    joined = re.sub(r"(stra(?:ss|ß)e|str\.?)(?=\W|\d|$)", " st ", plain(text))
    words = [STREET.get(word, word) for word in OTHER.sub(" ", joined).split()]
    number = next((word for word in words if word[0].isdecimal()), "")
    rest = tuple(word for word in words if word not in {number, "st"})
    return rest, number


def postcode(text: str) -> str:
    return NO_WORD.sub("", plain(text))[:12]


def city(text: str) -> str:
    words = OTHER.sub(" ", plain(text)).split()
    return " ".join("saint" if word == "st" else word for word in words)[:LONGEST_KEY]


def tax_number(text: str) -> str:
    """Letters and digits alone; too short ones are no evidence."""
    code = NO_WORD.sub("", plain(text))
    return code if len(code) >= SHORTEST_PHONE else ""
