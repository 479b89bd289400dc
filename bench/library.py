"""The library: search and suggestions at growing sizes, and mixed files read by one worker.

    python -m bench.library [MATERIALS ...]      default 10000; writes bench/library.json
    python -m bench.library --files [FILES]      default 1000: PDF, DOCX, PPTX, XLSX, text; one in 25 is hostile

The limit beside a search is the bare SELECT of the matching keys, without rank, tags and snippets; that
beside the files is a process of Python that starts and ends.
"""

import io
import json
import os
import random
import statistics
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from bench.followups import figure
from coordinator import search as finder
from crm.models import Account
from library.models import Words
from library.queries import Filters, page, suggest
from library.queries.finding import query_of
from library.reading import read_file
from people.models import User

RUNS = 25
WORDS = ["pump", "valve", "seal", "flange", "impeller", "bearing", "motor", "cavitation", "energy", "water", "dairy", "chemical", "offer", "price", "delivery", "warranty", "service", "survey", "works", "pressure", "flow", "stainless", "steel", "hygienic", "magnetic", "drive", "acid", "brine", "sludge", "slurry"]  # fmt: skip
# The keys of a material and of its version name each other: both are drawn first.
FILL = """
WITH keys AS (SELECT n, nextval(pg_get_serial_sequence('library_material', 'id')) AS m,
    nextval(pg_get_serial_sequence('library_version', 'id')) AS v FROM generate_series(1, %(many)s) n),
made AS (INSERT INTO library_material (id, title, kind, description, owner_id, created_by_id, current_id, created_at, changed_at)
    SELECT m, 'Material ' || n, 'deck', 'For customers', %(user)s, %(user)s, v, now() - n * interval '1 minute', now() - n * interval '1 minute'
    FROM keys),
files AS (INSERT INTO library_version (id, material_id, number, name, mime, size, sha256, stored_as, note, by_id, at)
    SELECT v, m, 1, 'a.pdf', 'application/pdf', 1, repeat('0', 56) || lpad(to_hex(v), 8, '0'), lpad(to_hex(v), 32, '0'), '', %(user)s, now() FROM keys),
tags AS (INSERT INTO library_tag (material_id, sort, value, key)
    SELECT m, 'industry', 'Industry ' || n %% 20, 'industry ' || n %% 20 FROM keys
    UNION ALL SELECT m, 'product', 'VM-' || n %% 500, 'vm-' || n %% 500 FROM keys)
SELECT m FROM keys ORDER BY n
"""


def main() -> int:
    call_command("migrate", verbosity=0)
    if "--files" in sys.argv:
        rest = sys.argv[sys.argv.index("--files") + 1 :]
        rows = [files(int(rest[0]) if rest else 1000)]
    else:
        rows = [
            row
            for size in [int(word) for word in sys.argv[1:]] or [10_000]
            for row in measure(size)
        ]
        Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def fill(size: int, user: User) -> None:
    rng = random.Random(1)
    with transaction.atomic(), connection.cursor() as sql:
        sql.execute("SET LOCAL statement_timeout = 0")
        sql.execute("TRUNCATE library_material CASCADE")
        sql.execute(FILL, {"many": size, "user": user.pk})
        keys = [row[0] for row in sql.fetchall()]
    for start in range(0, size, 1000):
        Words.objects.bulk_create(
            Words(material_id=key, title=f"Material {start + n}", about="For customers",
                  tags=f"Industry {n % 20} VM-{n % 500}", text=text(rng, start + n))
            for n, key in enumerate(keys[start : start + 1000])
        )  # fmt: skip
    with connection.cursor() as sql:
        sql.execute("ANALYZE library_material, library_words, library_tag")


def text(rng: random.Random, n: int) -> str:
    words = rng.choices(WORDS, k=400)
    if n % 500 == 0:
        words[200] = "kalahari"
    return " ".join(words)


def measure(size: int) -> list[dict]:
    user, _ = User.objects.get_or_create(email="library@bench.example", defaults={"name": "Bench"})
    user.is_superuser = True
    account, _ = Account.objects.get_or_create(
        name="Bench library", defaults={"industry": "Industry 7", "created_at": timezone.now()}
    )
    fill(size, user)
    today = timezone.localdate()
    rows = []
    for name, words in (
        ("rare word", "kalahari"),
        ("common word", "pump"),
        ("two words", "pump brine"),
        ("beginning", "kalah"),
    ):
        limit = median(partial(bare, words))
        value = median(partial(page, user, Filters(text=words), today, after=""))
        rows.append(figure(f"search, {name}", size, value, "ms", limit, 250, lower=True))
    for name, words in (
        ("rare word", "kalahari"), ("common word", "pump"), ("two words", "pump brine"), ("beginning", "kalah"),
        ("common beginning", "pum"),
    ):  # fmt: skip
        value = median(partial(ctrl_k, user, words))
        rows.append(figure(f"Ctrl-K by contents, {name}", size, value, "ms", None, 50, lower=True))
    value = median(partial(page, user, Filters(), today, after=""))
    rows.append(figure("the list", size, value, "ms", None, 50, lower=True))
    value = median(lambda: suggest(account, products=["VM-7"], at=timezone.now()))
    rows.append(figure("suggestions", size, value, "ms", None, 100, lower=True))
    return rows


def ctrl_k(user: User, words: str) -> None:
    """What the box asks of the library alone, its titles and its contents."""
    result = finder.search(user, finder.read(f"{words} type:material"), now=timezone.now(), limit=5)
    assert result.groups


def bare(words: str) -> list[int]:
    """The keys alone."""
    found = Words.objects.filter(vector=query_of(words)).order_by(Coalesce("material_id", 0).desc())
    return list(found.values_list("pk", flat=True)[:30])


def median(act) -> float:
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def files(count: int) -> dict:
    """One worker reads them all; a hostile one must fail and must not stop it."""
    folder = Path(os.environ["PORTAL_DATA_DIR"]) / "library-files"
    folder.mkdir(parents=True, exist_ok=True)
    made = [(folder / f"{n}", *kind(n)) for n in range(count)]
    for place, content, _ in made:
        place.write_bytes(content)
    began, wrong = time.perf_counter(), 0
    for place, _, hostile in made:
        found = read_file(place)
        wrong += found.failed is not hostile
    each = (time.perf_counter() - began) / count * 1000
    limit = median(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    row = figure("reading a file", count, each, "ms", limit, 1500, lower=True)
    return row | {"wrong": wrong, "ok": row["ok"] and not wrong}


def kind(n: int) -> tuple[bytes, bool]:
    import docx
    import openpyxl
    import pptx
    from reportlab.pdfgen import canvas

    words = f"Pump number {n} for clean water. " * 20
    kept = io.BytesIO()
    if n % 25 == 24:
        with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "word/bomb.bin", b"\0" * (120 * 1024 * 1024 if n % 50 == 49 else 3_000_000)
            )
        return kept.getvalue(), True
    if n % 5 == 0:
        sheet = canvas.Canvas(kept)
        for number in range(4):
            sheet.drawString(40, 700, f"{number} {words[:90]}")
            sheet.showPage()
        sheet.save()
    elif n % 5 == 1:
        document = docx.Document()
        document.add_paragraph(words)
        document.save(kept)
    elif n % 5 == 2:
        show = pptx.Presentation()
        show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = words
        show.save(kept)
    elif n % 5 == 3:
        book = openpyxl.Workbook()
        for row in range(50):
            book.active.append([row, words])
        book.save(kept)
    else:
        kept.write(words.encode())
    return kept.getvalue(), False


if __name__ == "__main__":
    sys.exit(main())
