"""Twenty thousand follow-ups while workers are killed 200 times and Redis forgets everything."""

import os
import shutil
import time
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.utils import timezone

from comms.models import Delivery
from crm.models import Account, Contact
from followups import services
from followups.models import FollowUp
from journal.models import Cursor, Entry
from tests.followups.soak import Redis, Relay, Workers, listening, rng, torment

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MANY = int(os.environ.get("SOAK_FOLLOWUPS", "20000"))
KILLS = int(os.environ.get("SOAK_KILLS", "200"))
SECONDS = int(os.environ.get("SOAK_SECONDS", "420"))
LATEST = 30  # seconds at the 99th percentile, after recovery
PATIENCE = 900


@pytest.fixture
def environment(tmp_path):
    parts = connection.settings_dict
    options = parts["OPTIONS"]
    place = {
        "host": parts["HOST"] or options.get("host"),
        "port": parts["PORT"] or options.get("port"),
    }
    query = urlencode({name: value for name, value in place.items() if value})
    login = quote(parts["USER"]) + (f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else "")
    return os.environ | {
        "DATABASE_URL": f"postgresql://{login}@/{parts['NAME']}?{query}",
        "SECRET_KEY": "only-for-this-test-" * 4, "PORTAL_DATA_DIR": str(tmp_path), "RELAY_LOG": "tests.relay.accepted",
        "TEST_RELAY_LOG": str(tmp_path / "relay.log"),
    }  # fmt: skip


def make_rule(at):
    step = {"anchor": "", "amount": 1, "unit": "minutes", "clock": "always", "channel": "mail", "needs_approval": False,
            "subject": "Welcome, {{ reader.first_name }}", "body": "Hello {{ reader.name }} of {{ thing.account }}"}  # fmt: skip
    services.save(None, services.Wording(
        "Welcome", "crm.account", ["crm.account.created"], "customer", [step], stops=["reply", "order"],
    ), by=None, at=at, on=True)  # fmt: skip


def make_events(begin):
    """One account each, opened a minute before its mail is due, spread evenly over the torment."""
    accounts = Account.objects.bulk_create(
        [Account(name=f"Soak {n}", created_at=begin) for n in range(MANY)], batch_size=2000
    )
    Contact.objects.bulk_create(
        [
            Contact(
                account=one,
                name=f"Reader {one.pk}",
                email=f"r{one.pk}@soak.example",
                created_at=begin,
            )
            for one in accounts
        ],
        batch_size=2000,
    )
    gap = timedelta(seconds=SECONDS / MANY)
    Cursor.objects.create(name=services.FOLLOWER)
    Entry.objects.bulk_create(
        [
            Entry(at=begin + n * gap - timedelta(minutes=1), action="crm.account.created", subject_type="crm.account",
                  subject_id=one.pk, subject_name=one.name, account_id=one.pk)
            for n, one in enumerate(accounts)
        ], batch_size=2000,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_each_arrives_once_whatever_is_killed_and_forgotten(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_RELAY_LOG", environment["TEST_RELAY_LOG"])
    make_rule(timezone.now())
    make_events(timezone.now() + timedelta(seconds=20))
    relay, redis = Relay(), Redis(tmp_path)
    with listening(relay) as port:
        environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        }
        workers = Workers(tmp_path, environment, rng())
        try:
            recovered = torment(workers, redis, kills=KILLS, seconds=SECONDS)
            until = time.time() + PATIENCE
            while time.time() < until and len({one for _, one in relay.came}) < MANY:
                workers.tend()
                time.sleep(0.5)
            time.sleep(10)  # what would come a second time comes now
        finally:
            workers.stop()
            redis.stop()
    ids = [message_id for _, message_id in relay.came]
    assert len(ids) == MANY, f"{len(ids)} arrived of {MANY}"
    assert len(set(ids)) == MANY
    assert set(ids) == set(Delivery.objects.values_list("message_id", flat=True))
    assert FollowUp.objects.filter(status="sent").count() == MANY
    late = lateness(relay.came, recovered)
    print(f"\n{MANY} follow-ups, {KILLS} kills in {SECONDS} s: late after recovery p50 {late[MANY // 2]:.1f} s, "
          f"p99 {late[MANY * 99 // 100]:.1f} s, latest {late[-1]:.1f} s; handed over again after a kill: "
          f"{Delivery.objects.filter(attempts__gt=1).count()}")  # fmt: skip
    assert late[MANY * 99 // 100] <= LATEST


def lateness(came, recovered):
    """Seconds after it was due, or after the last kill if it was due before, sorted."""
    due = {
        one: at.timestamp()
        for one, at in Delivery.objects.values_list("message_id", "followup__due_at")
    }
    return sorted(max(0.0, at - max(due[one], recovered)) for at, one in came)
