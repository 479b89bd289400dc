"""Evidence for and against two records being one, field by field, in points.

The points were set on the labelled set of tests/crm/labelled.py with one seed of corruption and
measured with another (docs/quality.md). Points of 65 and more are sure; from 50 on, somebody looks.
"""

from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from crm.matching.prints import AccountPrint, ContactPrint
from crm.matching.words import GENERIC

SURE: Final = 65
LOOK: Final = 50
SAME_WORD: Final = 80  # ratio of two words from which the one is a slip of the other
SAME_WHOLE: Final = 90
SHORTEN: Final = 3
MOST: Final = 100

Reason = tuple[str, str, int]


@dataclass(frozen=True)
class Finding:
    """Points, 0 to 100, and why."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def is_sure(self) -> bool:
        return self.score >= SURE


def _finding(reasons: list[Reason]) -> Finding:
    kept = tuple(reason for reason in reasons if reason[1])
    total = sum(points for _, _, points in kept)
    return Finding(max(0, min(MOST, total)), kept)


def compare_accounts(a: AccountPrint, b: AccountPrint) -> Finding | None:
    """The evidence, or None where the names and all else are far apart."""
    name = _names(a, b)
    strong = [_tax(a, b), _phones(a, b), _domains(a, b)]
    if name[2] + sum(max(0, one[2]) for one in strong) + PLACE_MOST < LOOK:
        return None
    found = _finding([name, *strong, _place(a, b)])
    return found if found.score >= LOOK else None


PLACE_MOST: Final = 30
OTHER_NAME: Final[Reason] = ("name", "another name", -15)  # firms share houses and switchboards


def _names(a: AccountPrint, b: AccountPrint) -> Reason:
    """70 for the same words in any order; slips, extra words and other words take away."""
    if not a.tokens or not b.tokens:  # a name of signs alone says nothing
        return "name", "", 0
    if a.tokens == b.tokens or sorted(a.tokens) == sorted(b.tokens):
        return "name", "the same name", 65 if len(a.joined) < 4 else 70  # noqa: PLR2004 - "ABC"
    whole = fuzz.ratio(a.joined, b.joined)
    likeness, left, right = _matched(a.tokens, b.tokens)
    if left and right:
        if whole >= SAME_WHOLE and not _differ_by_number(left, right):
            return "name", "nearly the same name", round(70 - (MOST - whole) * 1.2)
        return _some(1 - (len(left) + len(right)) / (len(a.tokens) + len(b.tokens)))
    extra = left or right
    if len(extra) >= len(a.tokens if left else b.tokens):
        return OTHER_NAME
    cost = sum(6 if word in GENERIC or len(word) <= SHORTEN else 16 for word in extra)
    slip = round((MOST - likeness) * 0.45)
    words = "the same name with one more word" if extra else "the name with a slip"
    return "name", words, max(0, 70 - cost - slip)


def _some(shared: float) -> Reason:
    """A part of the words is the same; none at all speaks against."""
    return OTHER_NAME if shared <= 0 else ("name", "some of the same words", round(30 * shared))


def _matched(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[float, list[str], list[str]]:
    """How alike the words are that belong together, and those left on either side."""
    rest, left, likeness = list(b), [], []
    for word in a:
        best, at = 0.0, -1
        for n, other in enumerate(rest):
            alike = _word(word, other)
            if alike > best:
                best, at = alike, n
        if best >= SAME_WORD:
            likeness.append(best)
            del rest[at]
        else:
            left.append(word)
    mean = sum(likeness) / len(likeness) if likeness else 0.0
    return mean, left, rest


def _word(a: str, b: str) -> float:
    """Likeness of two words; a shortened one counts, another number does not."""
    if a == b:
        return 100.0
    if a.isdecimal() or b.isdecimal():
        return 0.0
    short, long = (a, b) if len(a) < len(b) else (b, a)
    if len(short) >= SHORTEN and long.startswith(short):
        return 90.0
    return float(fuzz.ratio(a, b))


def _differ_by_number(left: list[str], right: list[str]) -> bool:
    return any(w.isdecimal() for w in left) and any(w.isdecimal() for w in right)


def _tax(a: AccountPrint, b: AccountPrint) -> Reason:
    if not a.tax_number or not b.tax_number:
        return "tax_number", "", 0
    if a.tax_number == b.tax_number:
        return "tax_number", "the same VAT number", 60
    return "tax_number", "another VAT number", -40


def _phones(a: AccountPrint, b: AccountPrint) -> Reason:
    if not a.phones or not b.phones:
        return "phone", "", 0
    if a.phones & b.phones:
        return "phone", "the same telephone", 45
    return "phone", "another telephone", -12


def _domains(a: AccountPrint, b: AccountPrint) -> Reason:
    if not a.domains or not b.domains:
        return "website", "", 0
    if a.domains & b.domains:
        return "website", "the same domain", 20
    return "website", "another domain", -15


def _place(a: AccountPrint, b: AccountPrint) -> Reason:
    """The same door speaks for it, another town against it; a branch has another door in town."""
    if a.country and b.country and a.country != b.country:
        return "address", "another country", -45
    city = bool(a.city and b.city)
    same_city = city and fuzz.ratio(a.city, b.city) >= SAME_WORD
    same_code = bool(a.postcode) and a.postcode == b.postcode
    near = same_city or same_code
    if a.street and b.street:
        alike = fuzz.token_sort_ratio(a.street, b.street) >= SAME_WORD
        if alike and a.number == b.number and (near or not city):
            return "address", "the same address", PLACE_MOST
        if near:
            return "address", "another street of the same town", -14
    if near:
        return "address", "the same town", 12
    if city:
        return "address", "another town", -30
    return ("address", "the same country", 4) if a.country and b.country else ("address", "", 0)


def compare_contacts(a: ContactPrint, b: ContactPrint) -> Finding | None:
    name = _people(a, b)
    reasons = [name, _mail(a, b), _line(a, b), _employer(a, b)]
    found = _finding(reasons)
    return found if found.score >= LOOK and name[2] > 0 else None


def _people(a: ContactPrint, b: ContactPrint) -> Reason:
    if not a.joined or not b.joined:
        return "name", "", 0
    if a.joined == b.joined:
        return "name", "the same name", 45
    likeness, left, right = _matched(a.tokens, b.tokens)
    if left and right:
        initial = all(any(w[0] == o[0] and 1 in {len(w), len(o)} for o in right) for w in left)
        return ("name", "the same name by its initial", 35) if initial and likeness else ("name", "", 0)  # fmt: skip
    if left or right:
        return ("name", "a part of the name", 25) if likeness else ("name", "", 0)
    return "name", "the name with a slip", round(45 - (MOST - likeness) * 0.5)


def _mail(a: ContactPrint, b: ContactPrint) -> Reason:
    if not a.email or not b.email:
        return "email", "", 0
    if a.email == b.email:
        return "email", "the same address", 40
    return "email", "another address", -8


def _line(a: ContactPrint, b: ContactPrint) -> Reason:
    if not a.phone or not b.phone:
        return "phone", "", 0
    if a.phone == b.phone:
        return "phone", "the same telephone", 20
    return "phone", "another telephone", -5


def _employer(a: ContactPrint, b: ContactPrint) -> Reason:
    if a.account and a.account == b.account:
        return "account", "at the same account", 27
    if a.domain and a.domain == b.domain:
        return "email", "the same domain", 10
    return "account", "at another account", -5
