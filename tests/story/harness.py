"""The whole portal in a folder of its own, a client that asks until it is answered, and a killer."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """Asks until it is answered; every write has its key."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def send(self, method, path, body=None, *, patience=90, key=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                   "Idempotency-Key": key or uuid.uuid4().hex}  # fmt: skip
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                with closing(
                    http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                ) as link:
                    link.request(method, path, None if body is None else json.dumps(body), headers)
                    answer = link.getresponse()
                    text = answer.read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
                continue
            if answer.status < 500:
                return answer.status, json.loads(text)
            time.sleep(0.2)
        raise AssertionError(f"Nobody answered {method} {path}.")


class Portal:
    """`make demo` in a folder of its own."""

    def __init__(self, folder):
        self.port, self.folder = free_port(), folder
        self.environment = {
            k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "MAKELEVEL"}
        }
        self.environment |= {
            "PORTAL_DATA_DIR": str(folder),
            "PORT": str(self.port),
            "REDIS_URL": "",
        }
        self.log = (folder.parent / "demo.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coordinator.local.demo"], cwd=ROOT, env=self.environment,
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def run(self, *words):
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment, check=True,
            capture_output=True, text=True, timeout=120,
        ).stdout.strip()  # fmt: skip

    def wait(self):
        until = time.monotonic() + 240
        while time.monotonic() < until:
            if b"The portal is at" in (self.folder.parent / "demo.log").read_bytes():
                return
            time.sleep(0.5)
        raise AssertionError((self.folder.parent / "demo.log").read_text())

    def processes(self, name):
        """Keys of this portal's processes of a kind."""
        mark, found = f"PORTAL_DATA_DIR={self.folder}".encode(), []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                line = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                own = mark in (entry / "environ").read_bytes() or self.cluster() in line
            except OSError:
                continue
            kind = "beat" if " beat" in line else "celery" if "celery" in line else line
            if own and name in kind and "coordinator.local" not in line:
                found.append(int(entry.name))
        return found

    def cluster(self):
        """Where the database really lies: as root it may be a link."""
        return str((self.folder / "postgres").resolve())

    def kill(self, name, rng):
        """One process of a kind, or the first of them, which the others hang on."""
        victims = self.processes(name)
        if victims:
            os.kill(rng.choice([min(victims), *victims]), signal.SIGKILL)
        return bool(victims)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()
