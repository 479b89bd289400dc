"""Webhooks under pressure: slow batches, servers that drip, two at once, double clicks."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.db import connection
from django.utils import timezone

from desk import services as desk
from desk.defaults import ensure_types
from kit import outgoing
from tests.webhooks.test_webhooks import asked, made, sent  # noqa: F401 - fixtures
from webhooks import services
from webhooks.models import Call, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owed(made, asked):  # noqa: F811
    def owe(count=1):
        for _ in range(count):
            asked()
        services.follow()
        return made[0]

    return owe


class TestASlowBatch:
    def test_is_not_sent_by_another_worker_too(self, owed, monkeypatch):
        """Each call takes as long as it may; meanwhile another worker looks for what is left over."""
        owed(5)
        posted, clock = [], {"now": timezone.now()}
        monkeypatch.setattr(services.timezone, "now", lambda: clock["now"])

        def slowly(url, body, headers):
            posted.append(headers["webhook-id"])
            clock["now"] += timedelta(seconds=outgoing.LONGEST_POST)
            services.send_due(at=clock["now"])
            return outgoing.Answer(200, {}, "")

        monkeypatch.setattr(outgoing, "post", slowly)
        services.send_due(at=clock["now"])
        assert len(posted) == len(set(posted)) == 5

    def test_whose_lease_is_not_renewed_would_be_sent_twice(self, owed, monkeypatch):
        """The negative control of the test above."""
        monkeypatch.setattr(services, "_still_ours", lambda calls: True)
        owed(6)
        posted, clock = [], {"now": timezone.now()}

        def slowly(url, body, headers):
            posted.append(headers["webhook-id"])
            clock["now"] += timedelta(seconds=outgoing.LONGEST_POST)
            services.send_due(at=clock["now"])
            return outgoing.Answer(200, {}, "")

        monkeypatch.setattr(outgoing, "post", slowly)
        services.send_due(at=clock["now"])
        assert len(posted) > len(set(posted))

    def test_gives_back_what_it_has_no_time_for(self, owed, sent, monkeypatch):  # noqa: F811
        owed(3)
        monkeypatch.setattr(services, "RUN_SECONDS", -1)
        services.send_due(at=timezone.now())
        assert set(Call.objects.values_list("status", "attempts")) == {("pending", 0)}
        assert not sent


class TestAServerThatDrips:
    @pytest.fixture
    def url(self, settings):
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{port}"]
        stop = threading.Event()

        def talk():
            while not stop.is_set():
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line:
                    for letter in "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 200:
                        try:
                            line.sendall(letter.encode())
                        except OSError:
                            break
                        if stop.wait(0.1):
                            break

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}/"
        stop.set()
        listener.close()
        thread.join(5)

    def test_is_hung_up_on(self, url, monkeypatch):
        monkeypatch.setattr(outgoing, "ANSWER_SECONDS", 1.0)
        began = time.monotonic()
        with pytest.raises(outgoing.Unreachable):
            outgoing.post(url, b"{}", {})
        assert 0.5 < time.monotonic() - began < 5


class TestTwoAtOnce:
    def test_replays_are_two_replays(self, owed, manager):
        owed()
        call = Call.objects.get()

        def again(_):
            try:
                return services.replay(call, by=manager, at=timezone.now()).replay
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(again, range(8))) == list(range(1, 9))

    def test_clicks_make_one_endpoint(self, manager, client_of):
        page = client_of(manager)
        typed = {
            "name": "Tool",
            "url": "https://tool.example/hook",
            "events": ["desk.request."],
            "idempotency_key": "k",
        }
        first, second = (page.post("/webhooks/new/", typed, follow=True) for _ in range(2))
        assert Endpoint.objects.count() == 1
        assert "whsec_" in first.content.decode()
        assert "whsec_" not in second.content.decode()
        assert "saved already" in second.content.decode()

    def test_clicks_make_one_new_secret(self, made, manager, client_of):  # noqa: F811
        row, _ = made
        page, before = client_of(manager), row.secret
        for _ in range(2):
            page.post(f"/webhooks/{row.pk}/act/", {"act": "rotate", "idempotency_key": "k"})
        row.refresh_from_db()
        assert row.old_secret == before  # what signs for a day is what the other side knows

    def test_clicks_send_one_test_and_one_replay(self, owed, manager, client_of):
        row, page = owed(), client_of(manager)
        call = Call.objects.get()
        for _ in range(2):
            page.post(f"/webhooks/{row.pk}/act/", {"act": "test", "idempotency_key": "k"})
            page.post(f"/webhooks/calls/{call.pk}/replay/", {"idempotency_key": "r"})
        assert Call.objects.count() == 3

    def test_tests_have_ids_of_their_own(self, made, manager):  # noqa: F811
        row, _ = made
        ids = {services.send_test(row, by=manager, at=timezone.now()).message_id for _ in range(3)}
        assert len(ids) == 3


class TestWhatIsSaid:
    def test_a_date_to_come_back_at_is_kept_to(self, owed, sent):  # noqa: F811
        owed()
        now = timezone.now().replace(microsecond=0) + timedelta(seconds=1)
        sent.answer = outgoing.Answer(
            503, {"retry-after": format_datetime(now + timedelta(hours=1), usegmt=False)}, ""
        )
        services.send_due(at=now)
        assert Call.objects.get().due_at == now + timedelta(hours=1)

    @pytest.mark.parametrize(("told", "seconds"), [
        ("120", 120), ("99999999999", 86_400), ("", 0), ("soon", 0), ("-5", 0), ("1.5", 0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400), ("Fri, 99 Foo 2026", 0), ("²", 0),
    ])  # fmt: skip
    def test_retry_after_is_read_as_it_is_written(self, told, seconds):
        assert outgoing.seconds_to_wait(told, at=timezone.now(), most=86_400) == seconds

    def test_a_hand_off_is_not_called_by_what_it_asks(
        self, manager, coordinator, rep, logistics, team
    ):
        services.add_endpoint(
            name="x",
            url="https://x.example/",
            events=["desk.handoff."],
            by=manager,
            at=timezone.now() - timedelta(minutes=1),
        )
        now = timezone.now()
        request = desk.submit(
            ensure_types(team)["question"], subject="Seal", account=None, requester=rep, by=rep,
            data={"question": "?"}, priority=3, wanted_on=None, at=now,
        )  # fmt: skip
        desk.ask_department(
            logistics, request=request, ask="The secret discount of 40 %", by=coordinator, at=now
        )
        services.follow()
        bodies = [json.loads(call.body) for call in Call.objects.all()]
        assert bodies
        assert all("discount" not in json.dumps(body) for body in bodies)
        assert bodies[0]["data"]["name"].startswith("Hand-off ")
