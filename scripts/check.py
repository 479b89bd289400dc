"""`make check`: every check, each able to fail, all of them run, the failures named at the end."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coordinator.local import database  # noqa: E402 - after its folder is on the path

BIN = Path(sys.executable).parent
PRODUCTION = {
    "DATABASE_URL": "",  # filled in: the local server under a production name
    "SECRET_KEY": "check-only-8d1c0f7a5b3e4926917e2c4d6a8b0f13-7x!q#Zr",
    "ALLOWED_HOSTS": "portal.example.com",
    "PORTAL_URL": "https://portal.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example.com",
    "REDIS_URL": "redis://localhost:6379/0",
    "EMAIL_URL": "smtp://localhost:25",
    "DEBUG": "0",
    "DEMO": "0",
}


def tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for path in listed.stdout.split() if (ROOT / path).exists()]


def checks() -> dict[str, list[str]]:
    sources = [path for path in tracked("*.py") if "/migrations/" not in path]
    templates = tracked("templates/*.html")
    return {
        "lock": [sys.executable, "scripts/lock.py", "--check"],
        "format": tool("ruff", "format", "--check", "--quiet", "."),
        "lint": tool("ruff", "check", "--quiet", "."),
        "upgrade": tool("django-upgrade", "--check", "--target-version", "5.2", *sources),
        "layers": tool("lint-imports", "--no-cache"),
        "templates": tool("djlint", "--lint", "--quiet", *templates),
        "templates as Django's": tool("djade", "--target-version", "5.2", "--check", *templates),
        "types": tool("mypy", "."),
        "migrations": manage("makemigrations", "--check", "--dry-run"),
        "deploy": manage("check", "--deploy", "--fail-level", "WARNING"),
        "docker": tool("hadolint", "Dockerfile"),
    }


def main() -> int:
    spare = tempfile.TemporaryDirectory(prefix="portal-check-")
    os.environ["PORTAL_DATA_DIR"] = spare.name
    os.environ.setdefault("PORTAL_DB_FSYNC", "off")
    Path(spare.name).chmod(0o755)  # the database's user must be able to walk in
    production = PRODUCTION | {"DATABASE_URL": database.ensure(Path(os.environ["PORTAL_DATA_DIR"]))}
    failed = []
    for name, command in checks().items():
        if not Path(command[0]).exists():
            print(f"{name:24} not run: {Path(command[0]).name} is not installed")
            if os.environ.get("CI") == "true":
                failed.append(name)
            continue
        began = time.monotonic()
        extra = production if name == "deploy" else {}
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | extra, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout + done.stderr)
            failed.append(name)
        state = "FAILED" if done.returncode else "ok"
        print(f"{name:24} {state} ({time.monotonic() - began:.1f} s)", flush=True)
    database.stop(Path(os.environ["PORTAL_DATA_DIR"]))  # before its folder goes
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
