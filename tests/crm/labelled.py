"""A labelled set for the duplicate finder, made from real names by documented corruption.

Real companies: northwind customers and suppliers (name, address, phone), maven_crm accounts and
scms vendors (name and country). Of each, copies are made by one to three of CORRUPTIONS; they are
duplicates of it. Hard negatives: a branch of the same chain in another town (other street, phone),
and a firm of which one word of the name is another one. Everything hangs on the seed.
"""

import csv
import gzip
import io
import random
import re
import unicodedata

from crm.matching import normal

FIELDS = ("name", "website", "phone", "street", "postcode", "city", "country", "tax_number")
TOWNS = [("Rotterdam", "3011 AA"), ("Graz", "8010"), ("Leeds", "LS1 4AP"), ("Turku", "20100"),
         ("Porto", "4000-001"), ("Gdynia", "81-300"), ("Brest", "29200"), ("Malmö", "21115")]  # fmt: skip
STREETS = ["Harbour Road", "Mill Lane", "Station Street", "Canal Quay", "Foundry Way", "Abbey Row"]
FORMS = ["Ltd", "GmbH", "S.A.", "Inc.", "B.V.", "LLC", "S.p.A.", "Oy", "AB", "S.L."]
OTHERS = ["Orchard", "Lantern", "Summit", "Harvest", "Copper", "Meridian", "Falcon", "Juniper",
          "Granite", "Cobalt", "Willow", "Beacon", "Pioneer", "Quarry", "Tundra", "Velvet"]  # fmt: skip
SHORTER = {"International": "Intl", "Manufacturing": "Mfg", "Brothers": "Bros", "Group": "Grp",
           "Technologies": "Techs", "Pharmaceuticals": "Pharm", "Laboratories": "Labs",
           "Industries": "Inds", "Market": "Mkt", "Products": "Prods"}  # fmt: skip


def real(folder):
    """Rows of real companies; those whose names are the same but for form are taken once."""
    rows = []
    for name in ("customers", "suppliers"):
        text = (folder / "northwind" / f"{name}.csv").read_text(encoding="utf-8-sig")
        rows += [
            _row(
                row["company_name"],
                row["phone"],
                row["address"],
                row["postal_code"],
                row["city"],
                row["country"],
            )
            for row in csv.DictReader(io.StringIO(text))
        ]
    text = (folder / "maven_crm" / "accounts.csv").read_text(encoding="utf-8-sig")
    rows += [
        _row(row["account"], country=row["office_location"])
        for row in csv.DictReader(io.StringIO(text))
    ]
    path = next((folder / "scms_deliveries").glob("*.gz"))
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig", "replace")
    lines = csv.DictReader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")))
    vendors = sorted({row["Vendor"] for row in lines if row["Vendor"]})
    rows += [_row(name) for name in vendors if not re.search(r"formerly|formally|\(", name, re.I)]
    once = {}
    for row in rows:
        once.setdefault(tuple(sorted(normal.name_tokens(row["name"]))), row)
    return list(once.values())


def _row(name, phone="", street="", postcode="", city="", country=""):
    return dict(zip(FIELDS, (name, "", phone, street, postcode, city, country, ""), strict=True))


def typo(rng, row):
    name = row["name"]
    at = [n for n, c in enumerate(name) if c.isalpha()]
    if len(at) < 6:
        return
    n = rng.choice(at[1:])
    how = rng.choice(("drop", "double", "swap", "other"))
    if how == "drop":
        name = name[:n] + name[n + 1 :]
    elif how == "double":
        name = name[:n] + name[n] + name[n:]
    elif how == "swap" and n + 1 < len(name):
        name = name[:n] + name[n + 1] + name[n] + name[n + 2 :]
    else:
        name = name[:n] + rng.choice("aeinrst") + name[n + 1 :]
    row["name"] = name


def form_dropped_or_given(rng, row):
    words = row["name"].replace(",", "").split()
    kept = [
        w
        for w in words
        if normal.plain(w).strip(".")
        not in {
            "ltd",
            "limited",
            "inc",
            "corporation",
            "corp",
            "plc",
            "gmbh",
            "llc",
            "co",
            "company",
        }
    ]
    row["name"] = " ".join(kept or words) + (f" {rng.choice(FORMS)}" if rng.random() < 0.6 else "")


def word_order(rng, row):
    words = row["name"].split()
    if len(words) > 1:
        row["name"] = (
            " ".join([*words[1:], words[0]])
            if rng.random() < 0.5
            else f"{words[-1]}, {' '.join(words[:-1])}"
        )


def accents(rng, row):
    row["name"] = unicodedata.normalize("NFKD", row["name"]).encode("ascii", "ignore").decode()


def shortened(rng, row):
    for long, short in SHORTER.items():
        row["name"] = row["name"].replace(long, short)
    row["name"] = row["name"].replace(" and ", " & ").replace(" und ", " + ")


def shouted(rng, row):
    row["name"] = row["name"].upper() if rng.random() < 0.6 else row["name"].lower()


def phone_format(rng, row):
    digits = re.sub(r"\D", "", row["phone"])
    row["phone"] = rng.choice(
        (digits, " ".join(re.findall("..?", digits)), digits.replace("555", "555-"))
    )


def no_phone(rng, row):
    row["phone"] = ""


def moved(rng, row):
    """A new address; the telephone number went along."""
    row["city"], row["postcode"] = rng.choice(TOWNS)
    row["street"] = f"{rng.choice(STREETS)} {rng.randint(1, 200)}"


def street_written_otherwise(rng, row):
    row["street"] = (
        row["street"]
        .replace("Street", "St.")
        .replace("St.", "Street")
        .replace("Str.", "Straße")
        .replace("Avda.", "Avenida")
        .upper()
    )


def no_place(rng, row):
    row["street"] = row["postcode"] = row["city"] = ""


CORRUPTIONS = (typo, form_dropped_or_given, word_order, accents, shortened, shouted, phone_format,
               no_phone, moved, street_written_otherwise, no_place)  # fmt: skip
WEIGHTS = (5, 4, 2, 2, 2, 3, 4, 2, 2, 2, 2)


def corrupted(rng, row):
    copy = dict(row)
    picked = []
    while len(picked) < rng.choice((1, 2, 2, 3)):
        one = rng.choices(CORRUPTIONS, WEIGHTS)[0]
        lost = {moved, no_phone, no_place}
        if one not in picked and not (one in lost and lost & set(picked)):
            picked.append(one)
    for one in picked:
        if one is not moved or copy["phone"]:  # without a phone nobody could tell it from a branch
            one(rng, copy)
    return copy


def branch(rng, row):
    """The same chain in another town: another customer."""
    copy = dict(row)
    moved(rng, copy)
    copy["phone"] = f"0{rng.randint(10**8, 10**9 - 1)}"
    copy["country"] = row["country"]
    return copy


def stranger(rng, row):
    """Another firm with a similar name: one word is another one."""
    copy = branch(rng, row)
    words = copy["name"].split()
    words[rng.randrange(len(words))] = rng.choice(OTHERS)
    copy["name"] = " ".join(words)
    if rng.random() < 0.5:  # it sits in the same town
        copy["city"] = row["city"]
    return copy


def labelled(folder, seed):
    """(rows with their `pk`, the set of pairs that are the same)."""
    rng = random.Random(seed)
    rows, groups = [], []
    for row in real(folder):
        group = [dict(row), *(corrupted(rng, row) for _ in range(rng.choice((1, 1, 2))))]
        others = [stranger(rng, row)]
        if row["city"]:  # without a town nobody could tell a branch from its parent
            others.append(branch(rng, row))
        numbers = []
        for copy in group:
            copy["pk"] = len(rows) + 1
            rows.append(copy)
            numbers.append(copy["pk"])
        for copy in others:
            copy["pk"] = len(rows) + 1
            rows.append(copy)
        groups.append(numbers)
    same = {(a, b) for group in groups for a in group for b in group if a < b}
    return rows, same
