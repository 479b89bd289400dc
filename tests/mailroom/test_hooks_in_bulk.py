"""100,000 posts of providers, doubled, reordered, some of them forged: each applied once, forged none."""

import logging
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from comms.models import Delivery, Suppression
from mailroom import hooks, services
from mailroom.models import Report
from tests.mailroom import posts

POSTS = int(os.environ.get("HOOK_POSTS", "100000"))
DOUBLED, FORGED, THREADS = 0.30, 0.05, 4
SEVERITY = ["", "soft", "hard", "complaint"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def quiet():
    """Thousands of refusals are thousands of lines."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


class Plan:
    """What is posted, and what must be there at the end, computed apart."""

    def __init__(self, rng, rows, victims, total):
        self.rng, self.rows, self.posts = rng, rows, []
        self.arrived, self.bounce, self.keys = {}, {}, set()
        fresh = [self.event(n) for n in range(round(total * (1 - DOUBLED - FORGED)))]
        doubles = [rng.choice(fresh) for _ in range(round(total * DOUBLED))]
        forged = [self.forgery(n, victims) for n in range(round(total * FORGED))]
        self.posts = [("good", *one) for one in fresh + doubles] + [
            ("forged", *one) for one in forged
        ]
        self.unique = len(fresh)
        rng.shuffle(self.posts)

    def event(self, n):
        """(provider, body, headers) of a new report; what it means is noted."""
        row, stamp = self.rng.choice(self.rows), 1_764_000_000 + self.rng.randrange(100_000)
        what = self.rng.choices(
            ["delivered", "soft", "hard", "complaint", "opened"], [40, 5, 5, 2, 48]
        )[0]
        if what == "delivered":
            at = datetime.fromtimestamp(stamp, tz=UTC)
            self.arrived[row.pk] = min(at, self.arrived.get(row.pk, at))
        elif what in SEVERITY:
            old = self.bounce.get(row.pk, "")
            self.bounce[row.pk] = max(old, what, key=SEVERITY.index)
        make = self.rng.choice([self.by_mailgun, self.by_postmark])
        return make(row, what, stamp, n)

    def by_mailgun(self, row, what, stamp, n):
        event, more = {
            "delivered": ("delivered", {}), "hard": ("failed", posts.FAILED), "complaint": ("complained", {}),
            "soft": ("failed", posts.FAILED | {"delivery-status": {"message": "5.2.2 full", "description": ""}}),
            "opened": ("opened", {}),
        }[what]  # fmt: skip
        return (
            "mailgun",
            posts.mailgun(event, row, number=f"n{n}", timestamp=float(stamp), **more),
            {},
        )

    def by_postmark(self, row, what, stamp, n):
        at = datetime.fromtimestamp(stamp, tz=UTC).isoformat()
        record, more = {
            "delivered": ("Delivery", {"DeliveredAt": at}), "hard": ("Bounce", {"ID": n}),
            "soft": ("Bounce", {"ID": n, "Type": "SoftBounce"}), "complaint": ("SpamComplaint", {"ID": n}),
            "opened": ("Open", {"ReceivedAt": at}),
        }[what]  # fmt: skip
        return "postmark", posts.postmark(record, row, ServerID=n, **more), posts.basic()

    def forgery(self, n, victims):
        row = self.rng.choice(victims)
        if self.rng.random() < 0.5:
            return "mailgun", posts.mailgun("complained", row, number=f"f{n}", key=f"key-{n}"), {}
        return (
            "postmark",
            posts.postmark("SpamComplaint", row, ID=n),
            posts.basic(f"hooks:guess-{n}"),
        )


def owed(count, name):
    now = timezone.now()
    return Delivery.objects.bulk_create(
        Delivery(
            key=f"{name}{n}", message_id=f"<{name}{n}@portal.example>", recipient=f"{name}{n}@example.com",
            subject="s", body="b", due_at=now, created_at=now, status="sent", sent_at=now,
        )
        for n in range(count)
    )  # fmt: skip


def bombard(plan):
    """Post everything by four threads; (answers to good ones, answers to forged ones)."""
    answers = {"good": set(), "forged": set()}
    local = threading.local()

    def one(said):
        what, provider, body, headers = said
        local.client = getattr(local, "client", None) or Client()
        answers[what].add(
            posts.post(local.client, provider, "tracking", body, headers=headers).status_code
        )

    def share(part):
        try:
            for said in part:
                one(said)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(share, [plan.posts[n::THREADS] for n in range(THREADS)]))
    return answers


def work_off():
    """Two workers at once, as in production."""

    def work(_):
        try:
            while services.apply_due(at=timezone.now(), batch=200):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))


def run(settings, total):
    settings.MAIL_PROVIDERS = posts.providers()
    plan = Plan(random.Random(20261124), owed(max(total // 20, 20), "r"), owed(50, "victim"), total)
    began = time.perf_counter()
    answers = bombard(plan)
    posted = time.perf_counter() - began
    began = time.perf_counter()
    work_off()
    print(
        f"\n{total:,} posts, {plan.unique:,} different, {total * FORGED:,.0f} forged: {total / posted:,.0f} posts/s "
        f"by {THREADS} threads, applied in {time.perf_counter() - began:.0f} s"
    )
    return plan, answers


def wrong(plan):
    """Deliveries that do not stand as the plan says."""
    return [
        row.key for row in Delivery.objects.filter(key__startswith="r")
        if (row.bounce, row.arrived_at) != (plan.bounce.get(row.pk, ""), plan.arrived.get(row.pk))
    ]  # fmt: skip


def test_each_is_applied_once_and_forged_ones_never(settings):
    plan, answers = run(settings, POSTS)
    assert answers == {"good": {200}, "forged": {403}}
    assert Report.objects.count() == plan.unique
    assert not Report.objects.exclude(status__in=["applied", "noted"]).exists()
    assert wrong(plan) == []
    stopped = {
        f"{row.recipient}" for row in plan.rows if plan.bounce.get(row.pk) in {"hard", "complaint"}
    }
    assert set(Suppression.objects.values_list("address", flat=True)) == stopped
    assert not Delivery.objects.filter(key__startswith="victim").exclude(bounce="").exists()


def test_without_the_unique_key_doubles_would_count(settings, monkeypatch):
    """A negative control: each report gets a key of its own."""
    monkeypatch.setattr(hooks.said, "_key", lambda *parts: f"{random.getrandbits(200):x}")
    plan, _ = run(settings, 400)
    assert Report.objects.count() > plan.unique


def test_without_the_check_forgeries_would_count(settings, monkeypatch):
    """A negative control: nothing is verified."""
    monkeypatch.setattr(hooks.Door, "verify", lambda self, posted: None)
    plan, answers = run(settings, 400)
    assert answers["forged"] == {200}
    assert Report.objects.count() > plan.unique
