"""How material is used: versions, who got it, what was won with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count

from kit import uploads
from library.models import Material, Reading, Use, Version, What

MOST: Final = 30
# Material counts for a deal that it went to, for one that what it went to belongs to (a request, a
# meeting), and for those that its account had open at the time.
WON: Final = """
WITH used AS (SELECT * FROM library_use WHERE material_id = ANY(%s)),
went AS (
    SELECT material_id, subject_id AS deal FROM used WHERE subject_type = 'crm.deal'
    UNION SELECT u.material_id, l.deal_id FROM used u JOIN crm_deallink l
        ON l.subject_type = u.subject_type AND l.subject_id = u.subject_id
    UNION SELECT u.material_id, d.id FROM used u JOIN crm_deal d
        ON d.account_id = u.account_id AND u.at >= d.opened_at AND u.at <= d.closed_at)
SELECT went.material_id, count(*) FROM went JOIN crm_deal d ON d.id = went.deal
WHERE d.status = 'won' GROUP BY went.material_id
"""


@dataclass(frozen=True)
class VersionLine:
    row: Version
    size: str
    label: str
    current: bool
    reading: Reading | None


def versions_of(row: Material) -> list[VersionLine]:
    """Newest first; without the texts, which may be long."""
    rows = row.versions.select_related("by", "reading").defer("reading__text").order_by("-number")
    return [
        VersionLine(
            one, uploads.size_in_words(one.size),
            uploads.BY_MIME.get(one.mime, uploads.UNKNOWN).label, one.pk == row.current_id,
            getattr(one, "reading", None),
        )
        for one in rows[:MOST]
    ]  # fmt: skip


@dataclass(frozen=True)
class Uses:
    """What came of it: `won` deals, different accounts, the newest uses."""

    won: int
    accounts: int
    newest: list[Use]


def uses_of(row: Material) -> Uses:
    counted = Use.objects.filter(material=row).aggregate(n=Count("account", distinct=True))
    rows = Use.objects.filter(material=row).select_related("user", "account").order_by("-at", "-pk")
    return Uses(won_with([row.pk]).get(row.pk, 0), counted["n"], list(rows[:10]))


def won_with(keys: Collection[int]) -> dict[int, int]:
    """{material: in how many won deals it was used}; what was used in none is left out."""
    if not keys:
        return {}
    with connection.cursor() as sql:
        sql.execute(WON, [list(keys)])
        return dict(sql.fetchall())


def last_given(account_id: int, keys: Collection[int]) -> dict[int, datetime]:
    """{material: when this account got it last}"""
    found: dict[int, datetime] = {}
    rows = Use.objects.filter(account=account_id, material__in=keys, what__in=What.values)
    for row in rows.order_by("at").values("material", "at"):
        found[row["material"]] = row["at"]
    return found
