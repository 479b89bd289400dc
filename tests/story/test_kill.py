"""kill -9 of web, worker, beat and Postgres in the middle of work: what was answered stands, once.

The whole portal runs as `make demo` runs it, in a folder of its own. A client submits, claims,
asks, answers and orders by the API with idempotency keys, again and again until it is answered,
while everything is killed in turn.
"""

import http.client
import json
import random
import threading
import time
import uuid

import psycopg2
import pytest

from crm.models import Account
from desk.defaults import ensure_types
from desk.models import SalesRequest
from tests.story.harness import Client, Portal

ROUNDS, KILLS = 160, 16
VICTIMS = ("gunicorn", "celery", "beat", "postgres")


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
