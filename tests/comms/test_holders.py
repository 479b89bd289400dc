"""A killed sender's lease ends soon; a living one's, and one that nobody can see, runs its time."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from comms import deliveries, holders, services
from comms.models import Delivery

SECOND = timedelta(seconds=1)


@pytest.fixture
def process():
    """Another process of this machine."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield child
    child.kill()
    child.wait()


def of(child):
    return holders._named.__wrapped__(child.pid)


@pytest.fixture
def claimed(db, now, settings):
    """A mail that this process has begun to send."""
    settings.RELAY_LOG = "tests.comms.test_holders.nothing_taken"
    services.owe_mail(key="x", recipient="c@example.com", subject="S", body="B", due_at=now, at=now)
    (row,) = deliveries.claim(at=now, batch=5)
    return row


def nothing_taken(message_ids):
    return dict.fromkeys(message_ids, False)


def reconciled(row, at):
    deliveries.reconcile(at=at)
    row.refresh_from_db()
    return row


class TestKnowing:
    def test_this_process_is_alive(self):
        assert holders.me()
        assert not holders.is_dead(holders.me())

    def test_a_killed_one_is_dead_before_anybody_buries_it(self, process):
        name = of(process)
        assert not holders.is_dead(name)
        os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.2)  # it is a zombie: nobody has waited for it
        assert holders.is_dead(name)
        process.wait()
        assert holders.is_dead(name)

    def test_a_later_process_of_the_same_number_is_another(self, process):
        table, _, born = of(process).rpartition(":")
        assert holders.is_dead(f"{table}:{int(born) - 1}")

    @pytest.mark.parametrize("name", ["", "nonsense", "other-boot:pid:[1]:1:1", ":::"])
    def test_of_another_machines_process_nobody_can_say(self, name):
        assert not holders.is_dead(name)


class TestLeases:
    def test_of_a_killed_sender_end_soon(self, claimed, process, now):
        Delivery.objects.update(holder=of(process))
        process.kill()
        process.wait()
        assert reconciled(claimed, now + SECOND).status == "sending"
        assert claimed.lease_until == now + SECOND + deliveries.LAST_WORDS
        assert reconciled(claimed, now + 17 * SECOND).status == "pending"

    def test_of_a_living_sender_run_their_time(self, claimed, now):
        assert claimed.holder == holders.me()
        assert reconciled(claimed, now + 100 * SECOND).status == "sending"
        assert claimed.lease_until == now + deliveries.LEASE

    def test_of_a_sender_elsewhere_run_their_time(self, claimed, now):
        Delivery.objects.update(holder="another machine")
        assert reconciled(claimed, now + 100 * SECOND).status == "sending"
        assert reconciled(claimed, now + 121 * SECOND).status == "pending"
