"""What providers post: believed when it is proven, kept once, applied in whatever order it comes."""

import itertools
import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from comms import services as comms
from comms.models import Delivery, Suppression
from mailroom import hooks, services
from mailroom.models import Incoming, Report
from tests import factories
from tests.mailroom import posts

RAW = (
    b"From: Claire <claire@northgate.example>\r\nTo: desk@portal.localhost\r\nSubject: Seal\r\n"
    b"Message-ID: <hook-1@northgate.example>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe & Co + 100%\r\n"
)


@pytest.fixture(autouse=True)
def set_up(settings, db):
    settings.MAIL_PROVIDERS = posts.providers()


@pytest.fixture
def outside():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(account=account, email="claire@northgate.example")


@pytest.fixture
def sent(contact, now):
    """`sent(key)`: a mail that left."""

    def send(key="one", provider="mailgun", **fields):
        row = comms.owe_mail(
            key=key,
            recipient=contact.email,
            subject="s",
            body="b",
            due_at=now,
            at=now,
            contact=contact,
        )
        Delivery.objects.filter(pk=row.pk).update(
            **{"status": "sent", "sent_at": timezone.now(), "provider": provider} | fields
        )
        row.refresh_from_db()
        return row

    return send


def apply():
    while services.apply_due(at=timezone.now()):
        pass


def state():
    """What reports changed, without when it was written."""
    mails = list(
        Delivery.objects.order_by("pk").values_list(
            "key", "bounce", "arrived_at", "bounced_at", "status"
        )
    )
    stops = list(Suppression.objects.order_by("address").values_list("address", "reason"))
    return mails, stops


class TestTracking:
    def told(self, client, name, delivery, what):
        """Post `what` as a provider says it; the answer."""
        if name == "mailgun":
            event, more = {
                "delivered": ("delivered", {}), "bounced": ("failed", posts.FAILED),
                "complained": ("complained", {}), "unsubscribed": ("unsubscribed", {}),
            }[what]  # fmt: skip
            return posts.post(
                client, name, "tracking", posts.mailgun(event, delivery, number=what, **more)
            )
        if name == "postmark":
            record = {"delivered": "Delivery", "bounced": "Bounce", "complained": "SpamComplaint",
                      "unsubscribed": "SubscriptionChange"}[what]  # fmt: skip
            return posts.post(
                client, name, "tracking", posts.postmark(record, delivery), headers=posts.basic()
            )
        if name == "news":
            event, more = {
                "delivered": ("delivered", {"response": "250 OK"}),
                "bounced": ("bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"}),
                "complained": ("spamreport", {}), "unsubscribed": ("unsubscribe", {}),
            }[what]  # fmt: skip
            return posts.sendgrid_post(
                client, [posts.sendgrid(event, delivery, number=what, **more)]
            )
        kind = {"delivered": "Delivery", "bounced": "Bounce", "complained": "Complaint"}[what]
        body, headers = posts.sns(posts.ses(kind, delivery), number=what)
        return posts.post(client, name, "tracking", body, headers=headers)

    @pytest.mark.parametrize("name", ["mailgun", "postmark", "news", "ses"])
    def test_what_arrived_came_back_or_was_unwanted_is_applied(self, outside, sent, contact, name):
        good, dead, angry = (sent(key, provider=name) for key in ("good", "dead", "angry"))
        for delivery, what in ((good, "delivered"), (dead, "bounced"), (angry, "complained")):
            assert self.told(outside, name, delivery, what).status_code == 200
        apply()
        for row in (good, dead, angry):
            row.refresh_from_db()
        assert good.arrived_at is not None
        assert (good.bounce, dead.bounce, angry.bounce) == ("", "hard", "complaint")
        assert Suppression.objects.get().reason == "complaint"
        assert set(Report.objects.values_list("status", flat=True)) == {"applied"}

    @pytest.mark.parametrize("name", ["mailgun", "postmark", "news"])
    def test_who_unsubscribed_gets_no_more_that_may_be_stopped(self, outside, sent, contact, name):
        assert self.told(outside, name, sent(provider=name), "unsubscribed").status_code == 200
        apply()
        contact.refresh_from_db()
        assert contact.no_mail
        assert not Suppression.objects.exists()

    @pytest.mark.parametrize("name", ["mailgun", "postmark", "news", "ses"])
    def test_the_same_post_twice_changes_nothing(self, outside, sent, name):
        row = sent(provider=name)
        for _ in range(3):
            assert self.told(outside, name, row, "bounced").status_code == 200
            apply()
        assert Report.objects.count() == 1

    def test_without_the_unique_key_it_would_count_twice(self, outside, sent, monkeypatch):
        """The negative control of the test above."""
        number = itertools.count()
        monkeypatch.setattr(hooks.said, "_key", lambda *parts: f"{next(number)}")
        row = sent(provider="postmark")
        for _ in range(2):
            self.told(outside, "postmark", row, "bounced")
        assert Report.objects.count() == 2

    @pytest.mark.parametrize(
        "order", list(itertools.permutations(["delivered", "bounced", "complained"]))
    )
    def test_any_order_ends_the_same(self, outside, sent, order):
        row = sent(provider="postmark")
        for what in order:
            self.told(outside, "postmark", row, what)
            apply()
        row.refresh_from_db()
        assert (row.bounce, row.arrived_at is not None) == ("complaint", True)
        assert row.bounced_at.minute == 7
        assert Suppression.objects.get().reason == "complaint"

    def test_a_full_mailbox_stops_nothing(self, outside, sent):
        soft = posts.FAILED | {
            "delivery-status": {
                "code": 552,
                "message": "5.2.2 The mailbox is full",
                "description": "",
            }
        }
        row = sent()
        posts.post(outside, "mailgun", "tracking", posts.mailgun("failed", row, **soft))
        apply()
        row.refresh_from_db()
        assert row.bounce == "soft"
        assert not Suppression.objects.exists()

    def test_what_nobody_knew_left_after_all(self, outside, sent):
        row = sent(status="unknown", sent_at=None)
        posts.post(outside, "mailgun", "tracking", posts.mailgun("delivered", row))
        apply()
        row.refresh_from_db()
        assert (row.status, row.sent_at is not None) == ("sent", True)

    def test_reports_about_others_mail_are_only_noted(self, outside, sent, contact):
        row = sent()
        row.message_id, row.recipient = "<theirs@elsewhere.example>", "x@elsewhere.example"
        before = state()
        posts.post(outside, "mailgun", "tracking", posts.mailgun("complained", row))
        apply()
        assert Report.objects.get().status == "noted"
        assert state() == before

    def test_unknown_kinds_are_kept_and_ignored(self, outside, sent):
        before = state()
        for kind in ("clicked", "opened", "moonphase"):
            body = posts.mailgun(kind, sent(), number=kind)
            assert posts.post(outside, "mailgun", "tracking", body).status_code == 200
        apply()
        assert set(Report.objects.values_list("status", flat=True)) == {"noted"}
        assert state()[1] == before[1]

    def test_many_in_one_post_and_one_of_them_twice(self, outside, sent):
        rows = [sent(str(n), provider="news") for n in range(5)]
        events = [posts.sendgrid("delivered", row, number=row.key) for row in rows]
        assert posts.sendgrid_post(outside, [*events, events[0]]).status_code == 200
        assert Report.objects.count() == 5

    def test_by_the_reader_where_the_provider_gives_it_another_name(self, outside, sent):
        row = sent(provider="ses")
        said = posts.ses("Bounce", row)
        said["mail"]["headers"] = []
        body, headers = posts.sns(said)
        posts.post(outside, "ses", "tracking", body, headers=headers)
        apply()
        row.refresh_from_db()
        assert row.bounce == "hard"

    def test_a_time_that_no_calendar_holds_is_no_error(self, outside, sent):
        for stamp in (10**15, -(10**12), "x", float("inf")):
            body = posts.mailgun("delivered", sent(), timestamp=stamp, number=str(stamp))
            assert posts.post(outside, "mailgun", "tracking", body).status_code == 200

    def test_old_reports_are_forgotten_and_those_to_apply_are_not(self, outside, sent):
        row = sent()
        for number in ("a", "b"):
            posts.post(
                outside, "mailgun", "tracking", posts.mailgun("delivered", row, number=number)
            )
        Report.objects.update(received_at=timezone.now() - timedelta(days=100))
        services.apply_due(at=timezone.now(), batch=1)
        assert services.forget_reports(at=timezone.now()) == 1
        assert Report.objects.get().status == "taken"


class TestForgeries:
    """Each is refused and changes nothing; the right ones beside them are not."""

    @pytest.fixture
    def refused(self, outside, sent):
        row = sent()

        def check(provider, body, *, headers=None, kind="application/json", way="tracking"):
            reply = posts.post(outside, provider, way, body, kind, headers)
            apply()
            row.refresh_from_db()
            assert not Report.objects.exists()
            assert not Incoming.objects.exists()
            assert row.bounce == ""
            return reply.status_code

        check.row = row
        return check

    def test_unsigned_or_signed_with_another_key(self, refused):
        body = posts.mailgun("complained", refused.row, key="key-of-somebody-else")
        assert refused("mailgun", body) == 403
        assert refused("mailgun", {"event-data": body["event-data"]}) == 403

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"signature": 3}',
                                      '{"signature": {"token": "é", "timestamp": "é", "signature": "é"}}'.encode()])  # fmt: skip
    @pytest.mark.parametrize("provider", ["mailgun", "postmark", "news", "ses"])
    @pytest.mark.parametrize("way", ["tracking", "inbound"])
    def test_what_is_no_post_at_all(self, refused, provider, body, way):
        assert refused(provider, body, way=way) in {401, 403}

    @pytest.mark.parametrize("headers", [{}, posts.basic("hooks:wrong"), {"Authorization": "Basic ???"},
                                         {"Authorization": "Bearer x"}])  # fmt: skip
    @pytest.mark.parametrize("provider", ["postmark", "ses", "news"])
    def test_without_the_password(self, refused, provider, headers):
        assert refused(provider, posts.postmark("Bounce", refused.row), headers=headers) in {
            401,
            403,
        }

    def test_amazon_is_asked_for_the_password_as_it_wants(self, outside, sent):
        body, _ = posts.sns(posts.ses("Bounce", sent()))
        reply = posts.post(outside, "ses", "tracking", body)
        assert (reply.status_code, reply["WWW-Authenticate"].startswith("Basic")) == (401, True)

    def test_a_body_that_was_changed_after_signing(self, refused):
        body = json.dumps([posts.sendgrid("delivered", refused.row)]).encode()
        headers = posts.sendgrid_headers(body)
        assert refused("news", body.replace(b"delivered", b"spamreport"), headers=headers) == 403

    def test_a_signature_that_was_seen_before_with_other_words(self, outside, sent):
        """Mailgun signs a token and a time, and not the body."""
        row, signature = sent(), posts.mailgun_signature()
        assert (
            posts.post(
                outside, "mailgun", "tracking", posts.mailgun("opened", row, signature=signature)
            ).status_code
            == 200
        )
        forged = posts.mailgun("complained", row, signature=signature, number="other")
        assert posts.post(outside, "mailgun", "tracking", forged).status_code == 403
        raw, kind = posts.mailgun_mail(RAW, signature=signature)
        assert posts.post(outside, "mailgun", "inbound", raw, kind).status_code == 403
        apply()
        row.refresh_from_db()
        assert (row.bounce, Incoming.objects.count()) == ("", 0)

    def test_a_signature_kept_for_a_week(self, refused):
        old = posts.mailgun_signature(stamp=(timezone.now() - timedelta(days=7)).timestamp())
        assert refused("mailgun", posts.mailgun("complained", refused.row, signature=old)) == 403

    def test_with_the_check_switched_off_it_would_be_believed(self, outside, sent, monkeypatch):
        """The negative control of this class."""
        monkeypatch.setattr(hooks.Door, "verify", lambda self, posted: None)
        posts.post(outside, "mailgun", "tracking", posts.mailgun("complained", sent(), key="wrong"))
        assert Report.objects.count() == 1

    def test_no_secret_is_logged(self, outside, sent, caplog):
        caplog.set_level(logging.DEBUG)
        posts.post(
            outside, "postmark", "tracking", posts.postmark("Bounce", sent()), headers=posts.basic()
        )
        posts.post(
            outside, "postmark", "tracking", b"{", headers=posts.basic("hooks:wrong-password")
        )
        posts.post(
            outside, "mailgun", "tracking", posts.mailgun("complained", sent(), key="key-wrong")
        )
        for secret in (posts.PASSWORD, posts.MAILGUN_KEY, "wrong-password"):
            assert secret not in caplog.text
