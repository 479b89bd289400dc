"""What Halden Flow sells, to whom, and what lies in Rotterdam."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from crm.models import Account, Contact
from orders.models import IncomingStock, Price, PriceList, Product, StockItem, StockMove, Warehouse
from people.models import User

# family, SKU stem, sizes, list price of the smallest, growth per size, pack size
FAMILIES: Final = (
    ("Vertical multistage pump VM {}", "VM-{}", ("15-3", "15-5", "32-2", "45-2", "64-1"), 1480, 1.28, 1),
    ("Booster set BX {}", "BX-{}", ("2-4", "2-8", "3-8", "3-15"), 4950, 1.35, 1),
    ("Dosing pump DP {}", "DP-{}", ("06", "12", "30", "60"), 690, 1.22, 1),
    ("Submersible pump SB {}", "SB-{}", ("50", "80", "100"), 1120, 1.4, 1),
    ("Butterfly valve {}, EPDM, lug type", "BFV-{}-EP", ("DN50", "DN80", "DN100", "DN150", "DN200"), 74, 1.42, 1),
    ("Gate valve {}, resilient seat", "GV-{}", ("DN50", "DN80", "DN100", "DN150"), 118, 1.38, 1),
    ("Check valve {}, dual plate", "CV-{}", ("DN50", "DN80", "DN100"), 92, 1.36, 1),
    ("Ball valve {}, brass", "BV-{}", ("1/2in", "3/4in", "1in", "2in"), 12, 1.5, 10),
    ("Electric actuator AC {}", "AC-{}", ("20", "40", "80"), 410, 1.33, 1),
    ("Pressure transmitter {}, 4-20 mA", "PT-{}", ("10 bar", "16 bar", "25 bar"), 118, 1.08, 5),
    ("Flow meter {}, magnetic", "FM-{}", ("DN50", "DN80", "DN100"), 980, 1.25, 1),
    ("Mechanical seal {}, SiC/SiC", "MS-{}", ("18 mm", "22 mm", "28 mm"), 62, 1.18, 1),
    ("Gasket set {}", "GS-{}", ("DN50", "DN80", "DN100"), 8, 1.3, 20),
)  # fmt: skip
ACCOUNTS: Final = (
    ("Northgate Water", "Leeds", "United Kingdom", "Water utility", "key"),
    ("Kestrel Offshore", "Aberdeen", "United Kingdom", "Offshore", "key"),
    ("Delft Biotech", "Delft", "Netherlands", "Biotech", "standard"),
    ("Castellan Dairy", "Leeds", "United Kingdom", "Food", "standard"),
    ("Fjordline Shipyard", "Bergen", "Norway", "Shipbuilding", "standard"),
    ("Meridian Desalination", "Almería", "Spain", "Water utility", "key"),
    ("Oakridge Brewing", "Bristol", "United Kingdom", "Food", "small"),
    ("Aqualis Trentino", "Trento", "Italy", "Water utility", "standard"),
    ("Pennine Paper Mills", "Halifax", "United Kingdom", "Paper", "standard"),
    ("Svealand Energi", "Västerås", "Sweden", "Energy", "standard"),
    ("Tarnów Steelworks", "Tarnów", "Poland", "Steel", "standard"),
    ("Brabant Greenhouses", "Breda", "Netherlands", "Horticulture", "small"),
    ("Lochside Distillery", "Inverness", "United Kingdom", "Food", "small"),
    ("Rheinwerk Chemie", "Leverkusen", "Germany", "Chemicals", "key"),
    ("Baltic Port Services", "Gdańsk", "Poland", "Ports", "standard"),
    ("Saint-Malo Conserves", "Saint-Malo", "France", "Food", "small"),
    ("Harbour Hospital Trust", "Liverpool", "United Kingdom", "Health", "standard"),
    ("Alentejo Irrigation", "Évora", "Portugal", "Agriculture", "small"),
    ("Zürich Fernwärme", "Zürich", "Switzerland", "Energy", "standard"),
    ("Copperbelt Engineering", "Cork", "Ireland", "Mining", "standard"),
)
FIRST_NAMES: Final = (
    "Claire",
    "Łukasz",
    "Sofia",
    "Henrik",
    "Marco",
    "Ruth",
    "Anders",
    "Beatriz",
    "Owen",
    "Katrin",
)
LAST_NAMES: Final = (
    "Ashworth",
    "Nowak",
    "Moreno",
    "Dahl",
    "Rossi",
    "Holroyd",
    "Lund",
    "Sousa",
    "Pryce",
    "Weber",
)
TITLES: Final = ("Buyer", "Head of maintenance", "Project engineer", "Plant manager")


def make_products(rng: random.Random, at: datetime) -> list[Product]:
    """The catalogue with this year's list, stock by moves, and some of it on its way."""
    prices = PriceList.objects.create(name="List, euro", currency="EUR", is_default=True)
    rotterdam = Warehouse.objects.create(code="RTM", name="Rotterdam")
    made = []
    for name, stem, sizes, base, growth, pack in FAMILIES:
        for step, size in enumerate(sizes):
            product = Product.objects.create(
                sku=stem.format(size.replace(" ", "").replace("/", "-")).upper(),
                name=name.format(size),
                category=name.split(" {}")[0].split(",")[0].removesuffix(" VM").strip(),
                pack_size=pack,
                minimum_quantity=pack,
                lead_time_days=rng.choice((5, 10, 15, 30)),
                discontinued=(size == sizes[-1] and rng.random() < 0.12),
            )
            amount = Decimal(str(round(base * growth**step, 2)))
            Price.objects.create(
                price_list=prices,
                product=product,
                amount=amount,
                valid_from=date(at.year - 1, 1, 1),
            )
            _stock(product, rotterdam, rng, at)
            made.append(product)
    return made


def _stock(product: Product, warehouse: Warehouse, rng: random.Random, at: datetime) -> None:
    pack = product.pack_size
    on_hand = Decimal(pack * rng.choice((400, 600, 900, 1400)))
    item = StockItem.objects.create(
        product=product, warehouse=warehouse, on_hand=on_hand, reorder_level=pack * 50
    )
    StockMove.objects.create(
        item=item, kind="receipt", quantity=on_hand, at=at, reason="Opening stock"
    )
    if rng.random() < 0.4:
        IncomingStock.objects.create(
            product=product,
            warehouse=warehouse,
            quantity=Decimal(pack * rng.choice((20, 50, 80))),
            expected_on=(at + timedelta(days=365 + rng.randint(2, 20))).date(),
        )


def make_accounts(rng: random.Random, reps: list[User], at: datetime) -> list[Account]:
    """Customers with a contact or two each; one of them on credit hold."""
    made = []
    for n, (name, city, country, industry, tier) in enumerate(ACCOUNTS):
        account = Account.objects.create(
            name=name, city=city, country=country, industry=industry, tier=tier,
            owner=reps[n % len(reps)], street=f"Harbour Road {n + 2}", postcode=f"{1000 + 37 * n}",
            credit_limit=Decimal(rng.choice((60_000, 150_000, 400_000))), created_at=at,
            credit_hold=name.startswith("Saint-Malo"),
            credit_hold_reason="Two invoices over 60 days" if name.startswith("Saint-Malo") else "",
        )  # fmt: skip
        for k in range(rng.choice((1, 2, 2, 3))):
            first, last = FIRST_NAMES[(n + 3 * k) % 10], LAST_NAMES[(n * 7 + k) % 10]
            domain = name.split()[0].lower().encode("ascii", "ignore").decode() or "customer"
            Contact.objects.create(
                account=account, name=f"{first} {last}", title=TITLES[(n + k) % 4],
                email=f"c{n}-{k}@{domain}.test", created_at=at,
            )  # fmt: skip
        made.append(account)
    return made
