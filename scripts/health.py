"""Is this container well: `health.py web|worker|beat`; exit 0 when it is, 1 when not."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BEAT_WRITES_EVERY_SECONDS = 180


def web() -> bool:
    """Ask as the outside does, since only names in ALLOWED_HOSTS get an answer."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".").replace("*", "x")
    port = os.environ.get("HEALTH_PORT", "8000")
    question = urllib.request.Request(
        f"http://127.0.0.1:{port}/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"}
    )
    with urllib.request.urlopen(question, timeout=4) as answer:
        return answer.status == 200  # noqa: PLR2004


def worker() -> bool:
    command = ["celery", "--app=coordinator.celery:app", "inspect", "ping", "--timeout=10"]
    command.append(f"--destination=worker@{os.uname().nodename}")
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def beat() -> bool:
    """It writes down its schedule every three minutes as long as it ticks."""
    written = Path(os.environ["PORTAL_DATA_DIR"]).glob("beat-schedule*")
    newest = max((path.stat().st_mtime for path in written), default=0.0)
    return time.time() - newest < 2 * BEAT_WRITES_EVERY_SECONDS


if __name__ == "__main__":
    try:
        well = {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
    except OSError as fault:
        print(fault)
        well = False
    sys.exit(0 if well else 1)
