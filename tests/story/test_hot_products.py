"""32 clients on ten products of which there are few, each retrying under one key, while workers and
database connections are killed: nothing oversold, lost, doubled, and no two answers to one key."""

import json
import random
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psycopg2
import pytest

from tests.story.harness import Client, Portal

CLIENTS, ORDERS_EACH, STOCK, KILL_SECONDS = 32, 5, 25, 0.6


@dataclass(frozen=True)
class Facts:
    """What clients were told, and what the database says afterwards."""

    wanted: int
    answers: dict = field(default_factory=dict)  # key: the texts that it was answered with
    orders: dict = field(default_factory=dict)  # PO: how often it is there
    items: list = field(default_factory=list)  # (on hand, reserved) of the hot products
    held: int = 0  # what confirmed lines hold of them
    ledger: bool = True  # the counters follow from the moves


def judge(facts):
    """What is wrong, by name; empty is what it should be."""
    found = []
    if any(reserved > on_hand or reserved < 0 for on_hand, reserved in facts.items):
        found.append("oversold")
    if facts.held != sum(reserved for _, reserved in facts.items) or not facts.ledger:
        found.append("ledger")
    if len(facts.answers) != facts.wanted or any(
        facts.orders.get(po, 0) == 0 for po in facts.answers
    ):
        found.append("lost")
    if any(count > 1 for count in facts.orders.values()):
        found.append("doubled")
    if any(len(set(texts)) > 1 for texts in facts.answers.values()):
        found.append("differing")
    return found


class TestTheJudge:
    """The negative controls: each kind of damage is seen."""

    SOUND = Facts(1, {"a": ["x", "x"]}, {"a": 1}, [(5, 3)], 3)

    def test_finds_nothing_where_nothing_is(self):
        assert judge(self.SOUND) == []

    @pytest.mark.parametrize(
        ("damage", "name"),
        [
            ({"items": [(5, 6)], "held": 6}, "oversold"),
            ({"held": 2}, "ledger"),
            ({"ledger": False}, "ledger"),
            ({"orders": {}}, "lost"),
            ({"wanted": 2}, "lost"),
            ({"orders": {"a": 2}}, "doubled"),
            ({"answers": {"a": ["x", "y"]}}, "differing"),
        ],
    )
    def test_sees_each_kind(self, damage, name):
        assert judge(replace(self.SOUND, **damage)) == [name]


def buyer(number, token, portal, account, skus, answers, failures):
    """One client: orders, and asks each of them again under the same key."""
    client, rng = Client(portal.port, token), random.Random(number)
    try:
        for _ in range(ORDERS_EACH):
            po = uuid.uuid4().hex
            lines = [{"sku": sku, "quantity": "1"} for sku in rng.sample(skus, 3)]
            body = {"account": account, "po_number": po, "lines": lines, "check": True,
                    "confirm": True}  # fmt: skip
            texts = []
            for _ in range(2):
                status, reply = client.send("POST", "/api/orders/", body, key=po)
                assert status == 201, reply
                texts.append(json.dumps(reply, sort_keys=True))
            answers[po] = texts
    except AssertionError as wrong:
        failures.append(wrong)


def connect(url):
    link = psycopg2.connect(url)
    link.autocommit = True
    return link


def scarce(url):
    """Ten products, few of each, by moves; their SKUs and keys."""
    with connect(url).cursor() as sql:
        sql.execute("SELECT s.id, p.sku, s.on_hand, s.reserved FROM orders_stockitem s"
                    " JOIN orders_product p ON p.id = s.product_id WHERE NOT p.discontinued"
                    " AND p.pack_size = 1 AND p.hazard = '' ORDER BY s.id LIMIT 10")  # fmt: skip
        rows = sql.fetchall()
        for pk, _, on_hand, reserved in rows:
            less = reserved + STOCK - on_hand
            sql.execute("INSERT INTO orders_stockmove (item_id, kind, quantity, at, reason)"
                        " VALUES (%s, 'adjust', %s, now(), 'made scarce')", [pk, less])  # fmt: skip
            sql.execute(
                "UPDATE orders_stockitem SET on_hand = on_hand + %s WHERE id = %s", [less, pk]
            )
        sql.execute("DELETE FROM orders_incomingstock")
        sql.execute("DELETE FROM orders_approvalrule")
        sql.execute("UPDATE crm_account SET credit_limit = NULL")
    return [row[1] for row in rows], [row[0] for row in rows]


def cut(url, rng):
    """End some of the portal's connections to the database."""
    with suppress(psycopg2.Error), connect(url).cursor() as sql:
        sql.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    " AND pid <> pg_backend_pid()")  # fmt: skip
        pids = [pid for (pid,) in sql.fetchall()]
        for pid in rng.sample(pids, min(2, len(pids))):
            sql.execute("SELECT pg_terminate_backend(%s)", [pid])
        return len(pids) > 0
    return False


def facts_of(url, portal, answers, items):
    with connect(url).cursor() as sql:
        sql.execute("SELECT po_number, count(*) FROM orders_order WHERE po_number = ANY(%s) GROUP BY 1",
                    [list(answers)])  # fmt: skip
        orders = dict(sql.fetchall())
        sql.execute("SELECT on_hand, reserved FROM orders_stockitem WHERE id = ANY(%s)", [items])
        counters = sql.fetchall()
        sql.execute("SELECT coalesce(sum(l.reserved), 0) FROM orders_orderline l JOIN orders_stockitem s"
                    " ON s.product_id = l.product_id WHERE s.id = ANY(%s)", [items])  # fmt: skip
        held = sql.fetchone()[0]
    ledger = "follows from its moves" in portal.run("manage.py", "recount_stock")
    return Facts(CLIENTS * ORDERS_EACH, answers, orders, counters, held, ledger)


@pytest.mark.slow
def test_ten_hot_products_are_sold_once_each_whatever_is_killed(tmp_path):
    portal, rng = Portal(tmp_path / "data"), random.Random(11)
    try:
        portal.wait()
        token = portal.run("manage.py", "api_token", "coordinator@demo.test").split()[-1]
        url = portal.run("-m", "coordinator.local.database", "url")
        skus, items = scarce(url)
        _, found = Client(portal.port, token).send("GET", "/api/accounts/?page_size=200")
        account = next(a["id"] for a in found["results"] if not a["credit_hold"])
        answers, failures = {}, []
        threads = [
            threading.Thread(
                target=buyer, args=[n, token, portal, account, skus, answers, failures]
            )
            for n in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        killed = cuts = 0
        while any(thread.is_alive() for thread in threads):
            cuts += cut(url, rng)
            killed += killed < 6 and portal.kill("gunicorn", rng)
            time.sleep(KILL_SECONDS)
        assert not failures
        assert killed >= 3
        assert cuts >= 5
        facts = facts_of(url, portal, answers, items)
        assert judge(facts) == []
        states = {json.loads(texts[0])["status"] for texts in answers.values()}
        assert states == {"confirmed", "draft"}  # there was not enough for everybody
    finally:
        portal.stop()
