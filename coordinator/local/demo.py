"""`make demo`: prepare everything, then run web, worker and beat together until Ctrl-C.

Each step prints its line. The three programs are children that the kernel ends with this process,
also when it is killed; one that ends by itself is started again.
"""

import contextlib
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import environ

from coordinator.local import database, keeper, secret
from coordinator.local.layout import LocalDatabaseError

ROOT: Final = Path(__file__).resolve().parents[2]
PASSWORD: Final = "demo-portal-2026"  # noqa: S105 - printed on the sign-in page of the demo
PEOPLE: Final = ("rep", "coordinator", "manager", "logistics", "admin")
LOOK_EVERY_SECONDS: Final = 0.25
CHECK_DATABASE_SECONDS: Final = 2.0
READY_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 10.0
CALM_SECONDS: Final = 30.0
LONGEST_WAIT_SECONDS: Final = 30.0
LOG_BYTES: Final = 10_000_000


class DemoError(SystemExit):
    """The demo cannot start; the message is one line that says what to do."""


class Child:
    """One program of the portal, restarted when it ends."""

    def __init__(self, name: str, command: list[str], log: Path) -> None:
        self.name = name
        self.command = [str(Path(sys.executable).with_name(command[0])), *command[1:]]
        self.log = log
        self.wait_seconds = 0.5
        self.due = 0.0
        self.began = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parent = os.getpid()

        def tie() -> None:
            keeper.die_with_parent(signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        with self.log.open("ab") as log:
            if log.tell() > LOG_BYTES:
                log.truncate(0)
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C reaches only us; we end them in order
                preexec_fn=tie,  # noqa: PLW1509 - this process has one thread
            )

    def look(self) -> None:
        """Start it when it is due; when it has just ended, say so and wait a little longer."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.signal_group(signal.SIGKILL)  # what it started must not outlive it
        self.process = None
        calm = now - self.began > CALM_SECONDS
        self.wait_seconds = 0.5 if calm else min(self.wait_seconds * 2, LONGEST_WAIT_SECONDS)
        self.due = now + self.wait_seconds
        how = f"signal {-code}" if code < 0 else f"code {code}"
        say(f"{self.name} ended ({how}); again in {self.wait_seconds:g} s, see {self.log}")

    def signal_group(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def step(number: str, label: str, work: Callable[[], str]) -> None:
    began = time.monotonic()
    sys.stdout.write(f"[{number}] {label} ... ")
    sys.stdout.flush()
    try:
        outcome = work()
    except SystemExit:
        sys.stdout.write("\n")
        raise
    say(f"{outcome} ({time.monotonic() - began:.1f} s)")


def free_port(host: str, wish: str) -> int:
    """The port to serve on.

    :raises DemoError: when it is taken or is no port.
    """
    if not wish.isdecimal() or not 0 < int(wish) < 2**16:
        raise DemoError(f"PORT={wish} is no port: choose a number such as PORT=8000.")
    port = int(wish)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise DemoError(f"Port {port} needs root: PORT=8000 make demo") from None
        except OSError:
            raise DemoError(
                f"Port {port} is taken: end what uses it, or choose another: "
                f"PORT={port + 1} make demo"
            ) from None
    return port


def environment(port: int) -> Path:
    """Set what the children read, where nobody chose otherwise; returns the data folder."""
    data_dir = Path(os.environ.setdefault("PORTAL_DATA_DIR", str(ROOT / ".data"))).absolute()
    os.environ["PORTAL_DATA_DIR"] = str(data_dir)
    os.environ["DEMO"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "coordinator.settings"
    os.environ.setdefault("PORTAL_URL", f"http://localhost:{port}")
    os.environ.setdefault("C_FORCE_ROOT", "1")  # the demo may run as root; messages are JSON
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return data_dir


def prepare_database(data_dir: Path) -> str:
    if os.environ.get("DATABASE_URL"):
        if not os.environ.get("SECRET_KEY"):
            os.environ["SECRET_KEY"] = secret.local_key(data_dir)
        return "yours (DATABASE_URL)"
    database.ensure(data_dir)
    return "PostgreSQL 18, running"


def manage(*commands: list[str]) -> None:
    for command in commands:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            sys.stdout.write(f"\n{done.stdout}{done.stderr}")
            raise DemoError(f"`manage.py {command[0]}` failed; the lines above say why.")


def migrate() -> str:
    manage(
        ["migrate", "--no-input", "-v0"],
        ["createcachetable"],
        ["sync_roles"],
        ["ship_rules"],
        ["ship_reports"],
    )
    return "up to date"


def demo_data() -> str:
    manage(["demo_data"])
    return "there"


def static_files(data_dir: Path) -> str:
    """Collect and compress them, unless nothing changed since the last time."""
    folder = Path(os.environ.get("STATIC_ROOT") or data_dir / "static")
    sources = [ROOT / "requirements" / "demo.txt", *sorted((ROOT / "static").rglob("*"))]
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sources]
    mark = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    stamp = folder / ".collected"
    if stamp.exists() and stamp.read_text() == mark:
        return "up to date"
    manage(["collectstatic", "--no-input", "-v0"])
    stamp.write_text(mark)
    return "collected"


def programs(host: str, port: int, logs: Path) -> list[Child]:
    """The same commands as in docker-compose.yml, with the demo's address."""
    gunicorn = ["gunicorn", "coordinator.wsgi:application", "--no-control-socket"]
    gunicorn += ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]
    gunicorn += ["--bind", f"{host}:{port}"]
    celery = ["celery", "--app", "coordinator.celery:app"]
    name = f"demo-{secrets.token_hex(4)}@%h"
    worker = ["worker", "--concurrency", "2", "--loglevel", "WARNING", "--hostname", name]
    worker += ["--without-gossip", "--without-mingle"]
    return [
        Child("web", gunicorn, logs / "web.log"),
        Child("worker", [*celery, *worker], logs / "worker.log"),
        Child("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], logs / "beat.log"),
    ]


class Supervisor:
    """Keeps the children and the database going until somebody asks to stop."""

    def __init__(self, children: list[Child], data_dir: Path) -> None:
        self.children = children
        self.data_dir = data_dir
        self.asked_to_stop = False
        self.next_database_check = 0.0

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop_soon)

    def stop_soon(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.asked_to_stop = True

    def look(self) -> None:
        for child in self.children:
            child.look()
        now = time.monotonic()
        if not os.environ.get("DATABASE_URL") and now > self.next_database_check:
            self.next_database_check = now + CHECK_DATABASE_SECONDS
            try:
                database.ensure(self.data_dir)
            except LocalDatabaseError as fault:
                say(str(fault))

    def run(self, when_ready: Callable[[], None], address: str) -> None:
        told, patience = False, time.monotonic() + READY_SECONDS
        while not self.asked_to_stop:
            self.look()
            if not told and answers(address):
                when_ready()
                told = True
            elif not told and time.monotonic() > patience:
                say(f"The portal does not answer yet; {self.children[0].log} says why.")
                told = True
            time.sleep(LOOK_EVERY_SECONDS)
        self.stop()

    def stop(self) -> None:
        say("\nStopping ...")
        for child in self.children:
            if child.process is not None and not child.ended():
                child.process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and not all(child.ended() for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
        say("Stopped. `make demo` goes on where you left.")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


def welcome(data_dir: Path) -> None:
    emails = "\n".join(f"    {person}@demo.test" for person in PEOPLE)
    say(
        f"\nThe portal is at {os.environ['PORTAL_URL']}\n\n"
        f"  Sign in as\n{emails}\n  with the password {PASSWORD}\n\n"
        f"  Data and logs: {data_dir}\n  Ctrl-C ends everything; the data stay.\n"
    )


def main() -> int:
    if "MAKELEVEL" in os.environ:
        keeper.die_with_parent(signal.SIGTERM)  # make is killed: end in order
    if (ROOT / ".env").exists():
        environ.Env.read_env(ROOT / ".env")
    host = os.environ.get("HOST") or "127.0.0.1"
    port = free_port(host, os.environ.get("PORT") or "8000")
    data_dir = environment(port)
    step("3/6", "Database", lambda: prepare_database(data_dir))
    step("4/6", "Tables", migrate)
    step("5/6", "Demo data", demo_data)
    step("6/6", "Static files", lambda: static_files(data_dir))
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    supervisor = Supervisor(programs(host, port, logs), data_dir)
    supervisor.listen()
    near = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    supervisor.run(lambda: welcome(data_dir), f"http://{near}:{port}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
