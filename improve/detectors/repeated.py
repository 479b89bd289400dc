"""An answer that the desk writes again and again."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from django.db import connection

from comms.models import MessageTemplate
from desk.models import CannedAnswer
from improve import likeness, stats
from improve.detectors.base import WORK, Change, Detector, Measured, Unit, Words, hours, percent
from improve.period import Period
from improve.stats.exact import Floats
from people.models import Team

ROWS: Final = """
SELECT m.id, r.id, extract(epoch FROM m.at)::float8, m.author_id, r.team_id, r.type_id, left(m.body, 2000)
FROM comms_message m JOIN comms_thread t ON t.id = m.thread_id AND t.subject_type = 'desk.salesrequest'
JOIN desk_salesrequest r ON r.id = t.subject_id
WHERE m.at >= %s AND m.at < %s AND m.by_person AND m.withdrawn_at IS NULL
    AND m.author_id IS NOT NULL AND m.author_id <> r.requester_id
    AND m.visibility IN ('requester', 'customer') AND length(m.body) >= 40
ORDER BY m.at, m.id
"""
# Typing at forty words a minute is about 200 letters; finding and choosing a canned answer takes some.
LETTERS_A_MINUTE: Final = 200
CHOOSING_SECONDS: Final = 20
SHARE: Final = 0.02  # of the days on which a colleague answers anything: one in fifty
MOST_LETTERS: Final = 1_500


class Repeated(Detector):
    code = "repeated"
    title = "An answer is written again and again"
    short = "Repeated answer"
    about = "Nearly the same words, typed by hand, on many days."
    effect_words = "of the days on which a colleague answers"
    test = "Exact binomial test against one such day in fifty; Wilson's interval of the share"
    losing = WORK
    minimum = 12
    least, least_low, least_later = 0.03, SHARE, SHARE
    followable = False

    def read(self, period: Period) -> list[Unit]:
        with connection.cursor() as sql:
            sql.execute(ROWS, [period.start, period.end])
            rows = sql.fetchall()
        known = [likeness.runs(likeness.folded(body)) for body in _templates()]
        teams: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            teams[row[4]].append(row)
        return [
            unit
            for team, own in sorted(teams.items())
            for unit in of_team(team, own, known, period)
        ]

    def key_of(self, about: Mapping[str, Any]) -> str:
        mark = blake2b(str(about["folded"]).encode(), digest_size=8).hexdigest()
        return f"repeated:{about['team']}:{mark}"

    def known_as(self, about: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
        """The words that most days have may change a little from run to run."""
        mine = likeness.runs(str(about["folded"]).split())
        for key, other in known.items():
            alike = likeness.likeness(mine, likeness.runs(str(other["folded"]).split()))
            if other["team"] == about["team"] and alike >= likeness.ALIKE:
                return key
        return self.key_of(about)

    def count(self, unit: Unit) -> int:
        return int(unit["own"].sum())

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:  # noqa: ARG002
        own = unit["own"] > 0
        hits, n = int(own.sum()), unit.at.size
        share = hits / n
        low, high = stats.wilson(hits, n)
        each = (
            max(float(unit["letters"][own].mean()) / LETTERS_A_MINUTE * 60 - CHOOSING_SECONDS, 0.0)
            if hits
            else 0.0
        )
        copies = float(unit["copies"][own].sum())
        month = copies * each / 3600 / unit.period.months
        numbers = {"hits": hits, "n": n, "each": each, "copies": copies, "letters": each}
        return Measured(
            hits, share, low, high, stats.binomial_above(hits, n, SHARE), share,
            month, month * low / share if share else 0.0, month * high / share if share else 0.0, numbers,
        )  # fmt: skip

    def lost(self, unit: Unit) -> Floats:
        each = np.maximum(unit["letters"] / LETTERS_A_MINUTE * 60 - CHOOSING_SECONDS, 0) / 3600
        return unit["own"] * unit["copies"] * each

    def words(self, unit: Unit, found: Measured) -> Words:
        team = Team.objects.get(pk=unit.about["team"])
        text, say = str(unit.about["text"]), found.numbers
        short = " ".join(text.split())[:60].rstrip(" .,")
        bars = by_month(unit)
        return Words(
            title=f"{team}: “{short}…” is written again and again",
            summary=f"{say['copies']:,.0f} times in {unit.period.months:.0f} months, on {say['hits']:,} days of one "
                    f"colleague or another, in nearly the same words.",
            bars_title="Times written, by month", bars_unit="number", bars=bars,
            lines=[
                ("Written by hand", f"nearly the same words, {unit.period.months:.1f} months", f"{say['copies']:,.0f} times"),
                ("Days of a colleague with it", f"{say['hits']:,} of {say['n']:,} on which a colleague answered anything", percent(found.effect, 1)),
                ("Time for each", f"letters ÷ {LETTERS_A_MINUTE} a minute − {CHOOSING_SECONDS} s to choose a canned answer", f"{say['each']:.0f} s"),
                ("Hours lost in a month", f"{say['copies']:,.0f} × {say['each']:.0f} s ÷ 3600 ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=Change(
                "Make it a canned answer", "desk:settings_add", ["answers"],
                {"title": short[:100], "body": text, "is_active": "on", **({"type": unit.about["type"]} if unit.about["type"] else {})},
                "desk.change_requesttype", ("desk.setting.added", 0, "desk.cannedanswer"), None,
            ),
            team=team.pk,
        )  # fmt: skip


def _templates() -> list[str]:
    """Words that can be chosen already: whoever writes them has chosen them."""
    return [
        *CannedAnswer.objects.filter(is_active=True).values_list("body", flat=True),
        *MessageTemplate.objects.filter(is_active=True).values_list("body", flat=True),
    ]


def of_team(team: int, rows: list[Any], known: list[frozenset[int]], period: Period) -> list[Unit]:
    """One unit for each text that at least two answers of a team share."""
    texts = [likeness.folded(row[6]) for row in rows]
    long = [n for n, words in enumerate(texts) if likeness.says_enough(words)]
    unique: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for n in long:
        unique[tuple(texts[n])].append(n)
    forms = list(unique)
    days, all_days = _once_a_day(rows, range(len(rows)))
    found = []
    for places in likeness.groups(forms):
        members = sorted(n for place in places for n in unique[forms[place]])
        if len(members) < 2 or _is_known(forms[places[0]], known):  # noqa: PLR2004 - two are alike
            continue
        usual = max(places, key=lambda place: (len(unique[forms[place]]), forms[place]))
        found.append(
            _unit(team, rows, members, (days, all_days), " ".join(forms[usual]), period=period)
        )
    return found


def _is_known(words: tuple[str, ...], known: list[frozenset[int]]) -> bool:
    mine = likeness.runs(words)
    return any(likeness.likeness(mine, one) >= likeness.ALIKE for one in known)


def _once_a_day(rows: list[Any], places: Any) -> tuple[dict[tuple[int, int], int], Floats]:
    """Answers of one colleague on one day are one: ten copies in an outage say little.

    Returns {(colleague, day): place} and when each was.
    """
    found: dict[tuple[int, int], int] = {}
    when: list[float] = []
    for n in places:
        key = (rows[n][3], int(rows[n][2] // 86_400))
        if key not in found:
            found[key] = len(when)
            when.append(rows[n][2])
    return found, np.array(when)


def _unit(
    team: int, rows: list[Any], members: list[int], seen: tuple[dict[tuple[int, int], int], Floats],
    form: str, *, period: Period,
) -> Unit:  # fmt: skip
    """Rows are days of a colleague; `own` those on which the text was written."""
    places, when = seen
    own, copies, letters, keys = (np.zeros(when.size) for _ in range(4))
    for n in members:
        place = places[rows[n][3], int(rows[n][2] // 86_400)]
        own[place], letters[place], keys[place] = 1, len(rows[n][6]), rows[n][1]
        copies[place] += 1
    kinds = {rows[n][5] for n in members}
    about = {
        "team": team, "folded": form, "text": offered(rows[members[-1]][6]),
        "type": kinds.pop() if len(kinds) == 1 else 0,
    }  # fmt: skip
    columns = {"own": own, "copies": copies, "letters": letters, "id": keys}
    return Unit(REPEATED.key_of(about), about, when, columns, period)


def offered(text: str) -> str:
    """The words as a canned answer begins with them: whoever is greeted is filled in."""
    return likeness.GREETING.sub("Hello {{rep}},", text.strip())[:MOST_LETTERS]


def by_month(unit: Unit) -> list[dict[str, Any]]:
    """How often in each month."""
    counts: dict[str, float] = {}
    for at, copies in zip(unit.at, unit["copies"], strict=True):
        name = datetime.fromtimestamp(float(at), tz=UTC).strftime("%B %Y")
        counts[name] = counts.get(name, 0.0) + float(copies)
    return [{"label": name, "value": n, "note": "", "own": True} for name, n in counts.items()]


REPEATED: Final = Repeated()
