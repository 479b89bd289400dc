"""`make bench`: every figure of the issues, beside the raw limit measured in the same run.

    python -m bench [ROWS ...]      default 10000 100000 1000000

Prints a table and writes bench/results.json: [{name, rows, value, unit, limit, ratio, floor, ok}].
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from bench import figures

HERE = Path(__file__).parent
PORT = int(os.environ.get("PORT", "8899"))


def serve() -> subprocess.Popen[bytes]:
    """Gunicorn as in production: two workers, threads."""
    command = [
        sys.executable, "-m", "gunicorn", "coordinator.wsgi:application", "--bind",
        f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "8", "--worker-class", "gthread",
        "--log-level", "warning", "--keep-alive", "30",
    ]  # fmt: skip
    return subprocess.Popen(command, env={**os.environ, "LOG_LEVEL": "ERROR"})


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    stage = figures.prepare(PORT)
    server = serve()
    try:
        stage.wait()
        rows = [figure for size in sizes for figure in stage.measure(size)]
    finally:
        server.terminate()
        server.wait()
    rows += figures.growth(rows)
    (HERE / "results.json").write_text(json.dumps(rows, indent=1))
    show(rows)
    return 0 if all(row["ok"] for row in rows) else 1


def show(rows: list[figures.Figure]) -> None:
    print(f"{'what':44} {'rows':>9} {'value':>10} {'unit':6} {'limit':>9} {'ratio':>6} floor")
    for r in rows:
        limit = "" if r["limit"] is None else f"{r['limit']:.1f}"
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
        mark = "" if r["ok"] else "  BELOW"
        print(
            f"{r['name']:44} {r['rows']:>9,} {r['value']:>10.1f} {r['unit']:6} {limit:>9} {ratio:>6} "
            f"{r['floor'] or ''}{mark}"
        )


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(code)
