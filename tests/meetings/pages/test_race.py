"""Many guests want the same times at once: nobody is booked twice, everybody else hears why.

The judge looks at the rows of meetings and bookings alone, with none of our code.
"""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from meetings import services
from meetings.models import Booking, Meeting
from meetings.services import pages, self_booking, taking
from people.models import Role
from tests import factories
from tests.meetings.test_booking import at_once

FIRST = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


def double_booked():
    """Pairs of meetings of one host that overlap, and pairs of bookings of one person."""
    found = []
    meetings = Meeting.objects.filter(status="booked").values_list("host", "starts_at", "ends_at")
    booked = Booking.objects.filter(user__isnull=False).values_list("user", "during")
    for rows in (meetings, [(user, d.lower, d.upper) for user, d in booked]):
        for one, other in pairwise(sorted(rows)):
            if one[0] == other[0] and other[1] < one[2]:
                found.append((one, other))
    return found


def drop(name):
    """Take the exclusion constraint away; returns how to put it back."""
    constraint = next(c for c in Booking._meta.constraints if c.name == name)
    with connection.schema_editor() as schema:
        schema.remove_constraint(Booking, constraint)

    def back():
        Booking.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(Booking, constraint)

    return back


class TestTheJudge:
    def test_sees_an_overlap_that_was_planted(self, asked, coordinator, rep, now, db):
        """The negative control: without the constraint one person is booked twice, and it is seen."""
        services.book(asked(), starts_at=FIRST, by=coordinator, at=now)
        assert double_booked() == []
        other = asked()
        starts = FIRST + timedelta(minutes=30)
        Meeting.objects.filter(pk=other.pk).update(
            status="booked",
            starts_at=starts,
            first_starts_at=starts,
            ends_at=starts + timedelta(minutes=45),
        )
        assert len(double_booked()) == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def hosts(self, team):
        return [factories.member(Role.REP, team=team) for _ in range(2)]

    def race(self, page, visitor, now, clients, times):
        """What each of the clients hears."""

        def work(n):
            try:
                self_booking.book_on_page(
                    page.__class__.objects.select_related("kind").get(pk=page.pk), visitor(n),
                    starts_at=times[n % len(times)], at=now,
                )  # fmt: skip
            except services.SlotTaken:
                return "taken"
            except OperationalError:
                return "busy"
            return "booked"

        return Counter(at_once(clients, work))

    def test_two_dozen_guests_and_four_times_of_two_hosts(self, page_for, hosts, visitor, now):
        times = [FIRST + timedelta(hours=n) for n in range(4)]
        heard = self.race(page_for(hosts), visitor, now, 24, times)
        assert heard["booked"] == 8
        assert heard["booked"] + heard["taken"] == 24
        assert double_booked() == []

    def test_two_pages_of_the_same_hosts_do_not_wait_for_each_other_for_ever(
        self, page_for, hosts, visitor, now
    ):
        both = [page_for(hosts), page_for(hosts[::-1], slug="other")]

        def work(n):
            try:
                self_booking.book_on_page(both[n % 2], visitor(n), starts_at=FIRST, at=now)
            except services.SlotTaken:
                return 0
            return 1

        assert sum(at_once(12, work)) == 2
        assert double_booked() == []

    def test_without_locks_and_constraint_it_does_book_double(
        self, page_for, rep, visitor, now, monkeypatch
    ):
        """The negative control: the race is real."""
        page = page_for([rep])
        looked = threading.Barrier(8, timeout=5)
        monkeypatch.setattr(taking, "wait_for", lambda *_: None)
        monkeypatch.setattr(self_booking, "_wait", lambda *_: None)
        monkeypatch.setattr(self_booking, "_check_mail", lambda *_: None)
        whose = self_booking._whose_turn

        def look_together(*args, **kwargs):
            host = whose(*args, **kwargs)
            looked.wait()
            return host

        monkeypatch.setattr(self_booking, "_whose_turn", look_together)
        back = drop("meetings_booking_never_double")
        try:
            assert self.race(page, visitor, now, 8, [FIRST])["booked"] > 1
            assert double_booked()
        finally:
            back()


def served(port, database, threads=4, workers=3):
    """A real server on the test's own database, its limits lifted."""
    environment = os.environ | {
        "DATABASE_URL": database, "SECRET_KEY": "only-for-this-test-" * 4, "ALLOWED_HOSTS": "127.0.0.1",
        "BOOKING_PER_ADDRESS": "10000000", "BOOKING_PER_PAGE": "10000000", "BOOKING_MIN_SECONDS": "0",
    }  # fmt: skip
    program = [sys.executable, "-m", "gunicorn", "coordinator.wsgi", "-b", f"127.0.0.1:{port}",
               "-w", str(workers), "--threads", str(threads), "--backlog", "2048", "--log-level", "error"]  # fmt: skip
    return subprocess.Popen(program, cwd=ROOT, env=environment)


def ask(url, said=None):
    """(status, text); a refusal is an answer too."""
    data = urllib.parse.urlencode(said).encode() if said is not None else None
    opener = urllib.request.build_opener(Still)
    try:
        with opener.open(urllib.request.Request(url, data), timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


class Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestTenThousandClients:
    CLIENTS, SLOTS, THREADS = 10_000, 100, 32

    @pytest.fixture
    def clock(self):
        """The server's clock is the real one."""

    def test_race_for_a_hundred_slots(self, kind, team, coordinator, free_port):
        from django.utils import timezone

        now = timezone.now()
        hosts = [factories.member(Role.REP, team=team) for _ in range(5)]
        details = pages.PageDetails(
            title="Race", kind=kind, slug="race", turns="team", hosts={h.pk: 1 for h in hosts},
            notice_minutes=0, step_minutes=60,
        )  # fmt: skip
        page = pages.keep_page(details, by=coordinator, at=now)
        starts = self.starts(page, hosts, now)
        server = served(free_port, database_url())
        base = f"http://127.0.0.1:{free_port}/book/race/"
        try:
            token = opened(base, starts[0])
            with ThreadPoolExecutor(self.THREADS) as pool:
                heard = Counter(
                    pool.map(lambda n: self.one(base, token, starts, n), range(self.CLIENTS))
                )
        finally:
            server.terminate()
            server.wait()
        print(dict(heard))
        assert set(heard) <= {302, 409, 410}
        assert heard[302] == self.SLOTS
        assert Meeting.objects.filter(status="booked").count() == self.SLOTS
        assert double_booked() == []

    def starts(self, page, hosts, now):
        """Twenty times at which all five hosts are free: a hundred slots."""
        from meetings.services import opening

        found = opening.open_on(page, hosts, at=now + timedelta(days=1))
        common = opening.shared(found.values())
        return common[: self.SLOTS // len(hosts)]

    def one(self, base, token, starts, n):
        at = starts[n % len(starts)]
        said = {"name": f"Guest {n}", "email": f"guest{n}@race.example", "tz": "UTC", "token": token,
                "starts_at": f"{at:%Y-%m-%dT%H:%MZ}", "idempotency_key": f"race-{n}"}  # fmt: skip
        return ask(base, said)[0]


def opened(base, start):
    """The signed moment of a form, once the server answers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            status, text = ask(f"{base}?at={start:%Y-%m-%dT%H:%MZ}")
        except OSError:
            time.sleep(0.5)
            continue
        assert status == 200, text[:500]
        return re.search(r'name="token" value="([^"]+)"', text)[1]
    raise AssertionError("The server did not come up.")


def database_url():
    """The test's database, for another process."""
    parts = connection.settings_dict
    options = parts["OPTIONS"]  # a socket's folder stands there
    where = {name: parts[name.upper()] or options.get(name) for name in ("host", "port")}
    query = urllib.parse.urlencode({name: value for name, value in where.items() if value})
    login = urllib.parse.quote(parts["USER"]) + (
        f":{parts['PASSWORD']}" if parts["PASSWORD"] else ""
    )
    return f"postgresql://{login}@/{parts['NAME']}?{query}"


@pytest.fixture
def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
