"""What the long proof is made of: a Redis that can be cut, a relay that notes when, workers to kill."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.relay import LOG, free_port

ROOT = Path(__file__).parents[2]


class Redis:
    """A real server, in a folder of its own, that keeps nothing."""

    def __init__(self, folder):
        self.port, self.folder, self.process = free_port(), folder, None
        self.start()

    def start(self):
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while self.say("ping") != "PONG":
            time.sleep(0.05)

    def say(self, *words):
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def cut(self, seconds):
        """Gone for a while, with all that it held."""
        self.stop()
        time.sleep(seconds)
        self.start()


class Relay:
    """Says yes after writing the Message-ID down, and knows when each came."""

    def __init__(self):
        self.came = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        message_id = str(message_from_bytes(envelope.content)["Message-ID"])
        with Path(os.environ[LOG]).open("a") as log:
            log.write(f"{message_id}\n")
        self.came.append((time.time(), message_id))
        return "250 OK"


@contextmanager
def listening(relay):
    controller = Controller(relay, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class Workers:
    """Two Celery workers and the clock; killed whole, or one of the processes that do the work."""

    def __init__(self, folder, environment, rng):
        self.folder, self.environment, self.rng, self.running = folder, environment, rng, {}
        for name in ("one", "two", "beat"):
            self.start(name)

    def start(self, name):
        command = [sys.executable, "-m", "celery", "-A", "coordinator.celery:app", "worker", "--concurrency", "2",
                   "--loglevel", "ERROR", "--hostname", f"{name}@soak", "--without-gossip", "--without-mingle"]  # fmt: skip
        if name == "beat":  # the clock is a service of its own, as in production
            command = [sys.executable, "-m", "celery", "-A", "coordinator.celery:app", "beat",
                       "--schedule", str(self.folder / "beat"), "--loglevel", "ERROR", "--pidfile="]  # fmt: skip
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name):
        """All of one worker, which then starts anew."""
        with suppress(ProcessLookupError):
            os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        self.start(name)

    def kill_a_child(self):
        """One of the processes that do the work; its parent makes another. Whether there was one."""
        name = self.rng.choice(["one", "two"])
        found = subprocess.run(
            ["pgrep", "-P", str(self.running[name].pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        children = found.stdout.split()
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(int(self.rng.choice(children)), signal.SIGKILL)
        return True

    def tend(self):
        """Start those anew that gave up, as whoever runs them does: one whose hands are killed while
        it begins ends by itself."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)

    def stop(self):
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def torment(workers, redis, *, kills, seconds, wholes=20, flushes=4, cuts=4):
    """Kill `kills` times, spread over `seconds`; among them whole workers; flush and cut Redis."""
    pause, done, began = seconds / kills, 0, time.monotonic()
    marks = {kills * n // flushes: "flush" for n in range(1, flushes)}
    marks |= {kills * n // cuts + 3: "cut" for n in range(1, cuts)}
    while done < kills:
        workers.tend()
        if done % (kills // wholes or 1) == 0:
            workers.kill(("one", "two", "beat")[done // (kills // wholes or 1) % 3])
            done += 1
        else:
            done += workers.kill_a_child()
        what = marks.pop(done, "")
        if what == "flush":
            redis.say("flushall")
        elif what == "cut":
            redis.cut(3)
        time.sleep(max(0.05, began + done * pause - time.monotonic()))
    redis.say("flushall")
    workers.tend()
    return time.time()


def rng():
    return random.Random(11)
