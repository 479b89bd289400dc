"""Relays that are slow, refuse, hang up, talk nonsense or drip: nothing is sent twice, nothing is
lost, and what nobody can know is found out or shown to a person."""

import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import time_machine
from django.utils import timezone

from comms import backends, deliveries, lines, services
from comms.models import Delivery, Provider
from kit import deadlines
from tests import bad_relay as bad

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SOON = 8  # seconds that a test may take whose relay would take minutes
MANY = 12


@pytest.fixture
def relay(settings, monkeypatch):
    """`relay(faults=[…])`: mail leaves through a relay that behaves so."""
    opened = []
    monkeypatch.setattr(backends, "EXCHANGE", 2.0)
    monkeypatch.setattr(lines, "OPENING", 2.0)
    monkeypatch.setattr(lines, "GOODBYE", 0.5)

    def start(*, log=True, **how):
        context = bad.bad_relay(**how)
        server = context.__enter__()
        opened.append(context)
        bad.ASKED.append(server)
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = "comms.backends.RelayBackend", "127.0.0.1"
        settings.EMAIL_PORT = server.port
        settings.RELAY_LOG = "tests.bad_relay.log" if log else ""
        return server

    yield start
    for context in opened:
        context.__exit__(None, None, None)


def owe(count=1):
    now = timezone.now()
    return [
        services.owe_mail(key=f"m{n}", recipient=f"r{n}@example.com", subject="s", body="b", due_at=now, at=now)
        for n in range(count)
    ]  # fmt: skip


def run(hours=6):
    """Send and reconcile as the clock would, over some hours."""
    start = timezone.now()
    for step in range(40):
        with time_machine.travel(start + timedelta(seconds=step * hours * 90), tick=True):
            deliveries.send_due(at=timezone.now())
            deliveries.reconcile(at=timezone.now())
        if not Delivery.objects.filter(status__in=["pending", "sending"]).exists():
            break


def states():
    return {row.key: row.status for row in Delivery.objects.order_by("pk")}


# What the relay does with one mail, and what becomes of that mail when its log can be asked.
FAULTS = {
    "mail:451 later": "sent", "rcpt:450 4.2.0 grey": "sent", "data:451 later": "sent", "refuse:452 full": "sent",
    "rcpt:550 5.1.1 nobody": "failed", "mail:553 no": "failed", "refuse:554 spam": "failed",
    "mail:cut": "sent", "rcpt:cut": "sent", "data:cut": "sent", "body:cut": "sent", "end:cut": "sent",
    "mail:garbage": "sent", "rcpt:garbage": "sent", "end:garbage": "sent", "mail:drip": "sent", "end:drip": "sent",
    "mail:421 going": "sent", "refuse:421 going": "sent", "rcpt:endless": "sent", "end:endless": "sent",
}  # fmt: skip


class TestOneFault:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_ends_as_it_should_and_nothing_is_sent_twice(self, relay, fault):
        server = relay(faults=[fault])
        rows = owe(3)
        began = time.monotonic()
        run()
        assert time.monotonic() - began < SOON * 3
        assert states() == {"m0": FAULTS[fault], "m1": "sent", "m2": "sent"}
        assert len(server.taken) == len(set(server.taken))
        expected = {
            row.message_id for row in rows if not (row.key == "m0" and FAULTS[fault] == "failed")
        }
        assert set(server.taken) == expected

    @pytest.mark.parametrize("fault", ["end:cut", "end:drip", "end:garbage", "end:endless"])
    def test_without_a_log_a_person_is_asked(self, relay, fault, coordinator, client_of):
        server = relay(faults=[fault], log=False)
        (row,) = owe()
        run()
        row.refresh_from_db()
        assert (row.status, server.taken) == ("unknown", [row.message_id])
        page = client_of(coordinator).get(f"/threads/deliveries/{row.pk}/").content.decode()
        assert "nobody can say whether it was taken" in page

    def test_a_fault_before_the_end_is_never_unknown(self, relay):
        """Without a log too: it is certain that nothing was taken."""
        server = relay(
            faults=["mail:cut", "rcpt:cut", "data:cut", "data:drip", "mail:drip"], log=False
        )
        owe(5)
        run()
        assert set(states().values()) == {"sent"}
        assert len(server.taken) == 5

    def test_if_unknown_were_sent_again_it_would_be_there_twice(self, relay, monkeypatch):
        """The negative control: a sender that takes silence for a no."""
        server = relay(faults=["end:cut"])
        monkeypatch.setattr(
            deliveries.carriers, "taken", lambda name, ids: dict.fromkeys(ids, False)
        )
        owe()
        run()
        assert len(server.taken) == 2


class TestTheWholeRelay:
    @pytest.mark.parametrize("greeting", ["554 no service", "421 busy", "garbage", "drip"])
    def test_that_lets_nobody_in_costs_no_mail_a_try(self, relay, greeting):
        relay(greeting=greeting)
        (row,) = owe()
        began = time.monotonic()
        deliveries.send_due(at=timezone.now())
        assert time.monotonic() - began < SOON
        row.refresh_from_db()
        assert (row.status, row.attempts, row.put_off) == ("pending", 0, 0)
        assert Provider.objects.get().paused_until is not None

    def test_that_is_absent_for_a_while_gets_everything_once(self, relay, settings):
        server = relay()
        settings.EMAIL_PORT = 9
        owe(MANY)
        deliveries.send_due(at=timezone.now())
        settings.EMAIL_PORT = server.port
        run()
        assert sorted(server.taken) == sorted(row.message_id for row in Delivery.objects.all())

    @pytest.mark.parametrize("at_quit", ["cut", "drip"])
    def test_that_says_no_goodbye_is_not_waited_for(self, relay, at_quit):
        server = relay(at_quit=at_quit)
        owe(2)
        began = time.monotonic()
        run()
        assert time.monotonic() - began < SOON
        assert (set(states().values()), len(server.taken)) == ({"sent"}, 2)

    def test_that_drips_would_hold_a_worker_without_the_last_moment(self, relay, monkeypatch):
        """The negative control: each byte comes in time, the answer does not."""
        relay(faults=["mail:drip"], every=0.02)
        monkeypatch.setattr(deadlines, "left", lambda deadline, *, most: most)
        owe()
        began = time.monotonic()
        deliveries.send_due(at=timezone.now())
        assert time.monotonic() - began > 2.0 * 2

    def test_slow_but_in_time_is_no_fault(self, relay):
        server = relay(faults=["end:slow"] * 3, pause=0.3)
        owe(3)
        run()
        assert (set(states().values()), len(server.taken)) == ({"sent"}, 3)


class TestASlowBatch:
    def test_keeps_its_lease_for_all_that_wait(self, relay, monkeypatch):
        """Another worker reconciles between two mails, long after the first lease would have ended."""
        server = relay()
        rows, start = owe(6), timezone.now()
        step = {"n": 0}
        real = deliveries.Run._hand_over

        def slowly(self, row, around):
            step["n"] += 1
            with time_machine.travel(start + timedelta(seconds=50 * step["n"]), tick=True):
                deliveries.reconcile(at=timezone.now())
                assert deliveries.send_due(at=timezone.now()) == 0
            traveller.move_to(start + timedelta(seconds=50 * step["n"]))
            return real(self, row, around)

        monkeypatch.setattr(deliveries.Run, "_hand_over", slowly)
        traveller = time_machine.travel(start, tick=True).start()
        deliveries.send_due(at=start)
        assert set(states().values()) == {"sent"}
        assert sorted(server.taken) == sorted(row.message_id for row in rows)

    def test_gives_back_what_it_has_no_time_for(self, relay, monkeypatch):
        server = relay()
        owe(5)
        monkeypatch.setattr(deliveries, "RUN_SECONDS", -1)
        deliveries.send_due(at=timezone.now())
        assert set(Delivery.objects.values_list("status", "attempts", "problem")) == {
            ("pending", 0, "")
        }
        monkeypatch.setattr(deliveries, "RUN_SECONDS", 60)
        run()
        assert len(server.taken) == 5


class Api(BaseHTTPRequestHandler):
    """A provider of mail by HTTP."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        what = self.server.answers.pop(0) if self.server.answers else "ok"
        if what == "429":
            self.send_response(429)
            self.send_header("Retry-After", "600")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.taken.append(body)
        if what == "drip":
            self.drip()
            return
        to = b"nobody" if what == "nonsense" else b"r0@example.com"
        said = (
            b'{"To":"'
            + to
            + b'","SubmittedAt":"2026-11-24T09:00:00Z","MessageID":"1","ErrorCode":0,"Message":"OK"}'
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def drip(self):
        try:
            for letter in "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 100:
                self.wfile.write(letter.encode())
                time.sleep(0.2)
        except OSError:
            return

    def log_message(self, *args):
        pass


@pytest.fixture
def api(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads, server.answers, server.taken = True, [], []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    settings.MAIL_PROVIDERS = {"web": {
        "backend": "anymail.backends.postmark.EmailBackend",
        "options": {"server_token": "t", "api_url": f"http://127.0.0.1:{server.server_address[1]}/"},
    }}  # fmt: skip
    yield server
    server.shutdown()
    server.server_close()


class TestAProvider:
    def test_that_has_enough_is_left_alone_as_long_as_it_asks(self, api):
        (row,) = owe()
        Delivery.objects.update(provider="web")
        api.answers = ["429"] * 8
        start = timezone.now()
        for step in range(9):
            with time_machine.travel(start + timedelta(seconds=1000 * step), tick=True):
                assert deliveries.send_due(at=timezone.now()) == 1
                assert deliveries.send_due(at=timezone.now() + timedelta(seconds=500)) == 0
        row.refresh_from_db()
        assert (row.status, row.put_off, len(api.taken), row.problem) == ("sent", 0, 1, "")

    @pytest.mark.parametrize("fault", ["nonsense"])
    def test_whose_yes_is_not_understood_is_not_taken_for_a_no(self, api, fault):
        (row,) = owe()
        Delivery.objects.update(provider="web")
        api.answers = [fault]
        run()
        row.refresh_from_db()
        assert (row.status, len(api.taken)) == ("unknown", 1)

    def test_whose_answer_drips_is_cut_off_and_nothing_is_sent_twice(self, api, monkeypatch):
        monkeypatch.setattr("comms.http_mail.ANSWER", 1.0)
        (row,) = owe()
        Delivery.objects.update(provider="web")
        api.answers = ["drip"]
        began = time.monotonic()
        run()
        assert time.monotonic() - began < SOON
        row.refresh_from_db()
        assert (row.status, len(api.taken)) == ("unknown", 1)
