"""Other systems hear of what happens: once for each event, signed, tried again, and on record."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from desk import services as desk
from desk.defaults import ensure_types
from journal.models import Entry, IdempotencyKey
from kit import outgoing
from webhooks import services, signing
from webhooks.models import Call, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    """What left, and what the other side answers: `sent.answer`."""

    class Wire(list):
        answer = outgoing.Answer(200, {}, "ok")

    wire = Wire()

    def post(url, body, headers):
        wire.append((url, body.decode(), headers))
        if isinstance(wire.answer, Exception):
            raise wire.answer
        return wire.answer

    monkeypatch.setattr(outgoing, "post", post)
    return wire


@pytest.fixture
def made(manager):
    return services.add_endpoint(
        name="Task tool", url="https://tool.example/hook", events=["desk.request."], by=manager,
        at=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip


@pytest.fixture
def asked(team, rep):
    def ask():
        now = timezone.now()
        return desk.submit(
            ensure_types(team)["question"], subject="Seal", account=None, requester=rep, by=rep,
            data={"question": "A secret of ours"}, priority=3, wanted_on=None, at=now,
        )  # fmt: skip

    return ask


class TestTelling:
    def test_each_event_is_told_once_and_signed(self, made, asked, sent):
        row, secret = made
        request = asked()
        services.follow()
        services.follow()
        now = timezone.now()
        assert services.send_due(at=now) == 1
        assert services.send_due(at=now) == 0
        ((url, body, headers),) = sent
        assert url == row.url
        told = json.loads(body)
        assert told["type"] == "desk.request.submitted"
        assert told["data"]["id"] == request.pk
        assert "secret of ours" not in body
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"

    def test_the_example_of_the_specification(self):
        """https://www.standardwebhooks.com: the vector that its libraries test with."""
        signature = signing.sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
            '{"test": 2432232314}',
        )  # fmt: skip
        assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_what_it_does_not_want_it_does_not_hear(self, manager, asked, sent):
        services.add_endpoint(name="x", url="https://x.example/", events=["orders.order."],
                              by=manager, at=timezone.now())  # fmt: skip
        asked()
        services.follow()
        assert not Call.objects.exists()

    def test_nor_what_happened_before_it_was_there(self, asked, made, sent):
        Entry.objects.all()
        Endpoint.objects.update(made_at=timezone.now() + timedelta(minutes=1))
        asked()
        services.follow()
        assert not Call.objects.exists()


class TestFailing:
    def owed(self, made, asked):
        asked()
        services.follow()
        return Call.objects.get()

    def test_it_is_tried_again_as_the_specification_says_then_given_up(self, made, asked, sent):
        call = self.owed(made, asked)
        sent.answer = outgoing.Answer(500, {}, "broken")
        at, waits = timezone.now(), []
        for _ in range(9):
            if not services.send_due(at=at):
                break
            call.refresh_from_db()
            waits.append((call.due_at - at).total_seconds())
            at = max(call.due_at, at)
        assert call.status == "failed"
        assert len(sent) == 8
        expected = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
        assert all(0.89 * e <= w <= 1.11 * e for e, w in zip(expected, waits[:7], strict=True))

    def test_gone_switches_it_off(self, made, asked, sent):
        self.owed(made, asked)
        sent.answer = outgoing.Answer(410, {}, "")
        services.send_due(at=timezone.now())
        row = Endpoint.objects.get()
        assert (row.is_active, row.stopped_why) == (False, "It answered 410 Gone.")

    def test_it_waits_as_long_as_it_is_asked_to(self, made, asked, sent):
        call = self.owed(made, asked)
        sent.answer = outgoing.Answer(429, {"retry-after": "600"}, "")
        now = timezone.now()
        services.send_due(at=now)
        call.refresh_from_db()
        assert call.due_at == now + timedelta(seconds=600)

    @pytest.mark.parametrize(
        "problem", [outgoing.Refused("inside"), outgoing.Unreachable("nobody")]
    )
    def test_what_cannot_be_called_is_on_record(self, made, asked, sent, problem):
        call = self.owed(made, asked)
        sent.answer = problem
        services.send_due(at=timezone.now())
        call.refresh_from_db()
        assert (call.code, call.answer) == (None, str(problem))

    def test_a_sender_that_died_is_followed_by_another(self, made, asked, sent):
        self.owed(made, asked)
        now = timezone.now()
        assert len(services.claim(at=now, batch=5)) == 1
        assert services.send_due(at=now) == 0
        assert services.send_due(at=now + timedelta(minutes=2)) == 1

    def test_who_lost_the_lease_writes_nothing(self, made, asked, sent):
        self.owed(made, asked)
        now = timezone.now()
        (slow,) = services.claim(at=now, batch=5)
        services.claim(at=now + timedelta(minutes=2), batch=5)
        services._send(slow, now)
        assert Call.objects.get().status == "sending"


class TestAgain:
    def test_a_replay_has_the_same_id_and_body(self, made, asked, sent, manager, client_of):
        asked()
        services.follow()
        call = Call.objects.get()
        client_of(manager).post(f"/webhooks/calls/{call.pk}/replay/")
        services.send_due(at=timezone.now())
        assert len({body for _, body, _ in sent}) == 1
        assert len({headers["webhook-id"] for _, _, headers in sent}) == 1
        assert len(sent) == 2

    def test_all_failed_ones_once_each(self, made, asked, sent, manager):
        row, _ = made
        for _ in range(3):
            asked()
        services.follow()
        Call.objects.update(status="failed")
        assert services.replay_failed(row, by=manager, at=timezone.now()) == 3
        assert services.replay_failed(row, by=manager, at=timezone.now()) == 0

    def test_for_a_day_both_secrets_sign(self, made, asked, sent, manager):
        row, old = made
        new = services.rotate(row, by=manager, at=timezone.now())
        asked()
        services.follow()
        services.send_due(at=timezone.now())
        _, body, headers = sent[0]
        signs = [
            signing.sign(k, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
            for k in (new, old)
        ]
        assert headers["webhook-signature"] == " ".join(signs)


class TestPages:
    def test_the_secret_is_shown_once_and_kept_sealed(self, manager, client_of, caplog):
        caplog.set_level(logging.DEBUG)
        page = client_of(manager)
        typed = {"name": "Tool", "url": "https://tool.example/hook", "events": ["desk.request."]}
        text = page.post("/webhooks/new/", typed).content.decode()
        row = Endpoint.objects.get()
        assert "whsec_" in text
        assert "whsec_" not in page.get(f"/webhooks/{row.pk}/").content.decode()
        assert "whsec_" not in row.secret
        assert "whsec_" not in caplog.text

    @pytest.mark.parametrize("url", ["http://tool.example/", "https://a:b@tool.example/", "x"])
    def test_an_address_that_we_do_not_call_is_refused_beside_the_field(
        self, manager, client_of, url
    ):
        typed = {"name": "Tool", "url": url, "events": ["desk.request."]}
        reply = client_of(manager).post("/webhooks/new/", typed)
        assert reply.status_code == 422
        assert 'value="Tool"' in reply.content.decode()

    def test_coordinators_may_not(self, coordinator, client_of):
        assert client_of(coordinator).get("/webhooks/").status_code == 403

    def test_a_test_message_and_the_log(self, made, sent, manager, client_of):
        row, _ = made
        page = client_of(manager)
        page.post(f"/webhooks/{row.pk}/act/", {"act": "test"})
        services.send_due(at=timezone.now())
        assert "webhooks.test" in page.get(f"/webhooks/{row.pk}/?status=sent").content.decode()
        assert "ok" in page.get(f"/webhooks/calls/{Call.objects.get().pk}/").content.decode()

    def test_removed_with_its_log(self, made, manager, client_of):
        client_of(manager).post(f"/webhooks/{made[0].pk}/act/", {"act": "remove"})
        assert not Endpoint.objects.exists()


class TestApi:
    def test_made_and_read_without_the_secret(self, manager, api_of):
        api = api_of(manager)
        body = {"name": "T", "url": "https://t.example/", "events": ["tasks."]}
        made = api.post("/api/webhooks/", body, format="json")
        assert made.json()["secret"].startswith("whsec_")
        assert api.get(f"/api/webhooks/{made.json()['id']}/").json()["secret"] is None
        assert (
            api.post(
                "/api/webhooks/", body | {"url": "http://t.example/"}, format="json"
            ).status_code
            == 422
        )
        assert (
            api.post("/api/webhooks/", body | {"events": ["moon."]}, format="json").status_code
            == 400
        )

    def test_with_an_idempotency_key_the_secret_is_neither_told_nor_kept(self, manager, api_of):
        body = {"name": "T", "url": "https://t.example/", "events": ["tasks."]}
        made = api_of(manager).post(
            "/api/webhooks/", body, format="json", headers={"Idempotency-Key": "k1"}
        )
        assert made.status_code == 201
        assert "whsec_" not in str(list(IdempotencyKey.objects.values()))
        assert made.json()["secret"] is None

    def test_replayed(self, made, asked, manager, api_of):
        asked()
        services.follow()
        call = Call.objects.get()
        told = (
            api_of(manager).post(f"/api/webhook-calls/{call.pk}/replay/", {}, format="json").json()
        )
        assert told["replay"] == 1
