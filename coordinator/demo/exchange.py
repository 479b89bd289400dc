"""Files that the demo's coordinators brought in: leads of a fair, deals and calls of the system
before, a list that says something else than our records, and one import that was undone."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files.base import ContentFile

from coordinator.demo.stage import Year
from crm.defaults import ensure_pipeline
from imports import services
from imports.kinds import kind_of
from imports.models import ImportRun
from people.models import User

FIRST: Final = (
    "Ida",
    "Bram",
    "Noor",
    "Sven",
    "Lotte",
    "Jonas",
    "Mila",
    "Piet",
    "Elin",
    "Ruben",
    "Saskia",
    "Tom",
)
LAST: Final = (
    "Berg",
    "Vos",
    "Dekker",
    "Lund",
    "Maas",
    "Kroon",
    "Holm",
    "Smit",
    "Berger",
    "Visser",
    "Brandt",
    "Koster",
)
FIRMS: Final = (
    "Waterschap Oost",
    "Dairy Holm",
    "Brewery De Kroon",
    "Sluis Marine",
    "Lund Papir",
    "Stadtwerke Aue",
)
CITIES: Final = ("Zwolle", "Aarhus", "Gent", "Bremen", "Lund", "Tilburg")
ASKED: Final = (
    "A pump for hot condensate",
    "Replacement of 12 booster sets",
    "Service contract",
    "Quieter pumps for a hotel",
)
AGENTS: Final = ("Moses Frase", "Cassey Cress", "Kami Bicknell")  # who had the deals before
GOODS: Final = ("Booster set", "Circulation pumps", "Spare parts for a year", "Sewage lift station")
CALLS: Final = ("Asked about the delivery time of the seals.", "Wants an offer for a second line.", "No news on the budget yet.",
                "Will send the drawing this week.")  # fmt: skip


def set_up(year: Year) -> None:
    ensure_pipeline()
    by, rng = year.company.coordinators[0], random.Random(7)
    ago = [year.now - timedelta(days=n) for n in (26, 19, 12, 4, 1)]
    _bring("leads", "fair-rotterdam.csv", _leads(year, rng), by=by, at=ago[0])
    _bring("deals", "old-crm-deals.csv", _deals(year, rng), by=by, at=ago[1])
    _bring("activities", "old-crm-calls.csv", _calls(year, rng), by=by, at=ago[2])
    wrong = _bring("contacts", "newsletter-readers.csv", _readers(year), by=by, at=ago[3])
    services.ask_undo(wrong, by=by, at=ago[3])
    services.undo_next(at=ago[3])
    _bring("accounts", "addresses-from-finance.csv", _addresses(year), by=by, at=ago[4], tried=True)


def _bring(
    kind: str,
    name: str,
    rows: Sequence[Sequence[Any]],
    *,
    by: User,
    at: datetime,
    tried: bool = False,
) -> ImportRun:
    """What the import page does with a file, without waiting for a worker."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    run = services.upload(kind, ContentFile(text.getvalue().encode(), name=name), by=by, at=at)
    raw = services.guessed(kind_of(kind), services.opened(run).main.path)
    services.start(run, raw, dry_run=tried, good_rows_only=True)
    done = services.run_next(at=at)
    if done is None or done.pk != run.pk:
        raise LookupError(f"The demo's {name} waits behind another import.")
    return done


def _leads(year: Year, rng: random.Random) -> list[list[Any]]:
    rows: list[list[Any]] = [
        ["Name", "Company", "E-mail", "City", "Lead source", "Description", "Owner", "Created"]
    ]
    day = (year.now - timedelta(days=27)).date()
    for n in range(24):
        first, last = FIRST[n % 12], LAST[(n * 5) % 12]
        firm = FIRMS[n % 6]
        mail = f"{first}.{last}{n}@{firm.split()[-1]}.example".lower() if n != 17 else "not given"
        rows.append([f"{first} {last}", firm, mail, CITIES[n % 6], "Fair Rotterdam", rng.choice(ASKED),
                     rng.choice(year.company.reps).email, day])  # fmt: skip
    return rows


def _deals(year: Year, rng: random.Random) -> list[list[Any]]:
    rows: list[list[Any]] = [["Deal id", "Account", "Deal name", "Stage", "Opened on", "Closed on", "Amount", "Product",
                              "Sales agent"]]  # fmt: skip
    for n in range(36):
        stage = ("Won", "Lost", "Won", "Prospecting", "Qualified", "Won")[n % 6]
        opened = (year.now - timedelta(days=rng.randint(90, 240))).date()
        closed = opened + timedelta(days=rng.randint(14, 75)) if stage in {"Won", "Lost"} else ""
        goods = rng.choice(GOODS)
        rows.append([f"OLD-{n + 1:03}", rng.choice(year.accounts).name, f"{goods} {n + 1}", stage, opened, closed,
                     rng.randint(8, 240) * 100, goods, rng.choice((*AGENTS, year.company.reps[0].name))])  # fmt: skip
    return rows


def _calls(year: Year, rng: random.Random) -> list[list[Any]]:
    rows: list[list[Any]] = [
        ["Type", "Date", "Account", "Notes", "Assigned to", "Call outcome", "Duration"]
    ]
    for _ in range(40):
        at = year.now - timedelta(days=rng.randint(13, 120), minutes=rng.randint(0, 400))
        rows.append([rng.choice(("call", "call", "visit", "note")), f"{at:%Y-%m-%d %H:%M}", rng.choice(year.accounts).name,
                     rng.choice(CALLS), rng.choice(year.company.reps).email, "", rng.choice((3, 5, 10, 25))])  # fmt: skip
    return rows


def _readers(year: Year) -> list[list[Any]]:
    rows: list[list[Any]] = [["Account", "Name", "E-mail"]]
    for n, account in enumerate(year.accounts[:12]):
        rows.append([account.name, f"Newsletter reader {n + 1}", f"reader{n + 1}@news.example"])
    return rows


def _addresses(year: Year) -> list[list[Any]]:
    """What finance has of our accounts: some moved, some have a VAT number that we lack."""
    rows: list[list[Any]] = [["Name", "City", "VAT number", "Payment days"]]
    for n, account in enumerate(year.accounts[:30]):
        rows.append(
            [
                account.name,
                CITIES[n % 6] if n % 4 == 0 else account.city,
                f"NL{810_000_000 + n * 37}B01",
                30,
            ]
        )
    rows.append(["Not yet a customer", "Breda", "", "soon"])
    return rows
