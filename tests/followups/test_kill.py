"""A real worker is killed with kill -9 while it sends; a real relay counts what arrives."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.utils import timezone

from comms import deliveries
from comms.models import Delivery
from followups import services
from followups.models import FollowUp
from journal.models import Cursor
from meetings import services as meetings
from tests.relay import relay, seen

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
GUESTS, KILLS = 48, 3
PATIENCE = 120


@pytest.fixture
def environment(tmp_path):
    """What a worker needs to work on this test's own database."""
    parts = connection.settings_dict
    options = parts["OPTIONS"]  # a socket's folder stands there
    place = {
        "host": parts["HOST"] or options.get("host"),
        "port": parts["PORT"] or options.get("port"),
    }
    query = urlencode({name: value for name, value in place.items() if value})
    login = quote(parts["USER"]) + (f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else "")
    return os.environ | {
        "DATABASE_URL": f"postgresql://{login}@/{parts['NAME']}?{query}",
        "SECRET_KEY": "only-for-this-test-" * 4,
        "PORTAL_DATA_DIR": str(tmp_path),
        "RELAY_LOG": "tests.relay.accepted",
        "REDIS_URL": "",
    }


@pytest.fixture
def due(rep, coordinator):
    """A meeting tomorrow with many guests: each is owed an invitation and a reminder by now."""
    Cursor.objects.create(name=services.FOLLOWER)  # follow from the first entry
    now = timezone.now().replace(microsecond=0)
    asked = now - timedelta(hours=5)
    row = meetings.request_meeting(
        title="Pump review", account=None, host=rep, attendees=[], minutes=45, by=coordinator,
        guests=[{"name": f"Guest {n}", "email": f"guest{n}@example.com"} for n in range(GUESTS)],
        window_from=asked, window_until=now + timedelta(days=2), at=asked,
    )  # fmt: skip
    meetings.book(row, starts_at=now + timedelta(hours=23), by=coordinator, at=asked)
    return 2 * (GUESTS + 1)


@contextmanager
def running(command, environment, folder):
    """The command in a process group of its own; what is left of it is killed at the end."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def soon(happened):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.01)
    return False


def time_passes():
    """The killed worker's leases run out, as they do two minutes later."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(status="sending").update(lease_until=past)


def worker(folder):
    return [
        sys.executable, "-m", "celery", "-A", "coordinator.celery:app", "worker", "--beat",
        "--schedule", str(folder / "beat"), "--concurrency", "2", "--loglevel", "WARNING",
    ]  # fmt: skip


def test_every_mail_arrives_once_across_kill_9_of_the_worker(
    due, environment, tmp_path, monkeypatch, settings
):
    settings.RELAY_LOG = "tests.relay.accepted"
    with relay(tmp_path, monkeypatch, pause=0.05) as controller:
        environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{controller.port}",
            "TEST_RELAY_LOG": os.environ["TEST_RELAY_LOG"],
        }
        for _ in range(KILLS):
            before = len(seen())
            with running(worker(tmp_path), environment, tmp_path):
                assert soon(lambda before=before: len(seen()) >= before + 5), (
                    f"{before} of {due} had come.\n{(tmp_path / 'log').read_text()}"
                )
            assert len(seen()) < due  # it was killed in the middle of its work
            time.sleep(0.2)  # what the relay was just given, it writes down
            time_passes()
            deliveries.reconcile(at=timezone.now())
        with running(worker(tmp_path), environment, tmp_path):
            assert soon(lambda: len(set(seen())) >= due), (tmp_path / "log").read_text()
            assert soon(lambda: not Delivery.objects.exclude(status="sent").exists())
    assert FollowUp.objects.filter(status="sent").count() == GUESTS + 1
    assert Delivery.objects.count() == due
    assert sorted(seen()) == sorted(Delivery.objects.values_list("message_id", flat=True))


def test_without_claims_the_same_kill_sends_twice(due, environment, tmp_path, monkeypatch):
    """The negative control: send, then mark."""
    with relay(tmp_path, monkeypatch, pause=0.3) as controller:
        environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{controller.port}",
            "TEST_RELAY_LOG": os.environ["TEST_RELAY_LOG"],
        }
        naive = [sys.executable, "-m", "tests.followups.naive"]
        with running(naive, environment, tmp_path):
            assert soon(lambda: len(seen()) == 2), (tmp_path / "log").read_text()
        with running(naive, environment, tmp_path):
            assert soon(lambda: len(seen()) == 4), (tmp_path / "log").read_text()
    assert len(set(seen())) < len(seen())
