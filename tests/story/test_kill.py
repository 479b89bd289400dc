"""kill -9 of web, worker, beat and Postgres in the middle of work: what was answered stands, once.

The whole portal runs as `make demo` runs it, in a folder of its own. A client submits, claims,
asks, answers and orders by the API with idempotency keys, again and again until it is answered,
while everything is killed in turn.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from crm.models import Account
from desk.defaults import ensure_types
from desk.models import SalesRequest

ROOT = Path(__file__).parents[2]
ROUNDS, KILLS = 160, 16
VICTIMS = ("gunicorn", "celery", "beat", "postgres")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """Asks until it is answered; every write has its key."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def send(self, method, path, body=None, *, patience=90):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                   "Idempotency-Key": uuid.uuid4().hex}  # fmt: skip
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


def work(rep, desk, account, skus, answered):
    """One round of the job; what was answered is noted."""
    mark = uuid.uuid4().hex
    body = {"type": "question", "subject": f"Kill {mark}", "account": account,
            "data": {"question": "Does it hold?"}}  # fmt: skip
    status, row = rep.send("POST", "/api/requests/", body)
    assert status == 201, row
    answered["requests"][f"Kill {mark}"] = row["id"]
    for who, verb, said in ((desk, "claim", {}), (desk, "ask", {"body": "Which one?"}),
                            (rep, "answer", {"body": f"This one {mark}"})):  # fmt: skip
        status, reply = who.send("POST", f"/api/requests/{row['id']}/{verb}/", said)
        assert status == 200, (verb, reply)
    answered["answers"].append(f"This one {mark}")
    lines = [{"sku": sku, "quantity": "1"} for sku in skus]
    status, order = desk.send(
        "POST", "/api/orders/",
        {"account": account, "po_number": mark, "lines": lines, "check": True, "confirm": True},
    )  # fmt: skip
    assert status == 201, order
    answered["orders"][mark] = order["status"]


@pytest.mark.slow
def test_what_was_answered_stands_once_whatever_is_killed(tmp_path):
    portal, rng = Portal(tmp_path / "data"), random.Random(7)
    try:
        portal.wait()
        rep, desk = (
            Client(
                portal.port, portal.run("manage.py", "api_token", f"{name}@demo.test").split()[-1]
            )
            for name in ("rep", "coordinator")
        )
        _, found = desk.send("GET", "/api/accounts/?page_size=200")
        account = next(a["id"] for a in found["results"] if not a["credit_hold"])
        _, products = desk.send("GET", "/api/products/?page_size=50")
        skus = [p["sku"] for p in products["results"] if float(p["free"]) > 200][:3]
        answered = {"requests": {}, "answers": [], "orders": {}}
        failures = []

        def client():
            try:
                for _ in range(ROUNDS // 2):
                    work(rep, desk, account, skus, answered)
            except AssertionError as wrong:
                failures.append(wrong)

        threads = [threading.Thread(target=client) for _ in range(2)]
        for thread in threads:
            thread.start()
        killed, turn = [], 0
        while any(thread.is_alive() for thread in threads):
            name, turn = VICTIMS[turn % len(VICTIMS)], turn + 1
            if len(killed) < KILLS and portal.kill(name, rng):
                killed.append(name)
            time.sleep(1.5)
        assert not failures
        assert set(killed) == set(VICTIMS)
        assert len(answered["requests"]) == len(answered["orders"]) == ROUNDS
        holds(portal, answered)
    finally:
        portal.stop()


def holds(portal, answered):
    """Every answered write is there exactly once; custody and stock add up."""
    link = psycopg2.connect(portal.run("-m", "coordinator.local.database", "url"))
    with link.cursor() as sql:
        sql.execute(
            "SELECT subject, count(*) FROM desk_salesrequest WHERE subject LIKE 'Kill %' GROUP BY 1"
        )
        assert dict(sql.fetchall()) == dict.fromkeys(answered["requests"], 1)
        sql.execute(
            "SELECT body, count(*) FROM comms_message WHERE body LIKE 'This one %' GROUP BY 1"
        )
        assert dict(sql.fetchall()) == dict.fromkeys(answered["answers"], 1)
        sql.execute("SELECT po_number, count(*), min(status) FROM orders_order"
                    " WHERE po_number = ANY(%s) GROUP BY 1", [list(answered["orders"])])  # fmt: skip
        assert {po: (n, s) for po, n, s in sql.fetchall()} == {
            po: (1, s) for po, s in answered["orders"].items()
        }
        sql.execute(
            "SELECT action, count(*) FROM journal_entry WHERE subject_type = 'desk.salesrequest'"
            " AND subject_id = ANY(%s) AND action IN ('desk.request.submitted', 'desk.request.claimed')"
            " GROUP BY 1", [list(answered["requests"].values())],
        )  # fmt: skip
        assert set(dict(sql.fetchall()).values()) == {len(answered["requests"])}
        sql.execute(
            "SELECT count(*) FROM (SELECT s.ended_at, lead(s.started_at) OVER"
            " (PARTITION BY s.request_id ORDER BY s.started_at, s.id) AS next"
            " FROM desk_custodyspan s JOIN desk_salesrequest r ON r.id = s.request_id"
            " WHERE r.subject LIKE 'Kill %') AS spans WHERE next IS NOT NULL AND ended_at <> next"
        )
        assert sql.fetchone() == (0,)
    link.close()
    assert "follows from its moves" in portal.run("manage.py", "recount_stock")


class TestALostAnswer:
    """What a kill between the commit and the answer looks like to a client."""

    BODY = {"type": "question", "subject": "Lost?", "data": {"question": "Does it hold?"}}

    @pytest.fixture
    def lose(self, live_server, team, rep, transactional_db, now):
        """`lose(key)`: send, hang up before the answer, wait until it is written, send again."""
        from people import services

        ensure_types(team)
        token = services.make_token(rep, name="test", by=rep, at=now)
        host, port = live_server.url.removeprefix("http://").split(":")

        def send(link, key):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            headers |= {"Idempotency-Key": key} if key else {}
            link.request("POST", "/api/requests/", json.dumps(self.BODY), headers)

        def run(key):
            lost = http.client.HTTPConnection(host, int(port), timeout=10)
            send(lost, key)
            until = time.monotonic() + 10
            while not SalesRequest.objects.exists() and time.monotonic() < until:
                time.sleep(0.02)
            lost.close()
            again = http.client.HTTPConnection(host, int(port), timeout=10)
            send(again, key)
            assert again.getresponse().status == 201
            again.close()
            return SalesRequest.objects.filter(subject="Lost?").count()

        return run

    def test_is_asked_for_again_and_written_once(self, lose):
        assert lose(uuid.uuid4().hex) == 1

    def test_without_a_key_it_is_written_twice(self, lose):
        """The negative control: the count that `holds` takes does see a duplicate."""
        assert lose("") == 2
        assert Account.objects.count() == 0
