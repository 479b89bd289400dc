"""Mail that providers hand over, and the doors that they knock at."""

# ruff: noqa: F811 - fixtures of the file beside this one

import random

import pytest

from mailroom import hooks
from mailroom.hooks.said import is_hard
from mailroom.models import Incoming, Report
from mailroom.reading import nature
from tests.mailroom import posts
from tests.mailroom.test_hooks import RAW, contact, outside, sent, set_up  # noqa: F401


class TestMail:
    def test_raw_bytes_are_kept_as_the_provider_gives_them(self, outside, contact):
        body, kind = posts.sendgrid_mail(
            RAW, to=["desk@portal.localhost", "sales@portal.localhost"]
        )
        assert posts.post(outside, "news", "inbound", body, kind, posts.basic()).status_code == 200
        row = Incoming.objects.get()
        assert bytes(row.raw.data) == RAW
        assert "Grüße" in row.text
        assert "sales@portal.localhost" in row.recipients

    def test_the_same_by_every_provider_is_one_mail(self, outside, contact):
        raw = RAW.replace(b"\xfc\xdf", b"ue")
        body, kind = posts.mailgun_mail(raw)
        assert posts.post(outside, "mailgun", "inbound", body, kind).status_code == 200
        for _ in range(2):
            body, kind = posts.sendgrid_mail(raw, boundary=f"b{random.random()}")
            assert (
                posts.post(outside, "news", "inbound", body, kind, posts.basic()).status_code == 200
            )
        assert (
            posts.post(
                outside, "postmark", "inbound", posts.postmark_mail(raw), headers=posts.basic()
            ).status_code
            == 200
        )
        body, headers = posts.sns(posts.ses_mail(raw))
        assert posts.post(outside, "ses", "inbound", body, headers=headers).status_code == 200
        assert bytes(Incoming.objects.get().raw.data) == raw
        assert Report.objects.filter(way="inbound", status="applied").count() == 4

    def test_parts_are_made_a_mail_again_the_same_each_time(self, outside, contact):
        for number in ("a", "b", "a"):
            said = posts.postmark_mail(MessageID=number)
            assert (
                posts.post(outside, "postmark", "inbound", said, headers=posts.basic()).status_code
                == 200
            )
        row = Incoming.objects.get()
        assert (row.address, row.text, row.parts) == (
            "claire@northgate.example",
            "Do you have DN 50?",
            1,
        )
        assert row.mail_id == "<parsed-1@northgate.example>"

    def test_from_nobody_is_an_automatic_answer(self, outside):
        body, kind = posts.mailgun_mail(RAW, sender="")
        posts.post(outside, "mailgun", "inbound", body, kind)
        assert Incoming.objects.get().kind == "auto_reply"

    def test_of_many_megabytes_fits_and_beyond_is_413(self, outside, settings):
        raw = RAW + b"x" * 6_000_000
        body, kind = posts.sendgrid_mail(raw)
        assert posts.post(outside, "news", "inbound", body, kind, posts.basic()).status_code == 200
        settings.MAIL_HOOK_MAX_BYTES = 5_000_000
        assert posts.post(outside, "news", "inbound", body, kind, posts.basic()).status_code == 413
        assert posts.post(outside, "mailgun", "tracking", b"x" * 3_000_000).status_code == 413

    def test_that_cannot_be_read_is_shown_and_left_with_the_provider(
        self, outside, admin, client_of
    ):
        reply = posts.post(
            outside, "postmark", "inbound", {"RecordType": "Bounce"}, headers=posts.basic()
        )
        assert reply.status_code == 422
        page = client_of(admin).get("/mail/reports/?status=unreadable").content.decode()
        assert "AnymailConfigurationError" in page


class TestDoors:
    def test_there_are_none_for_who_is_not_named(self, outside):
        for path in ("nobody/tracking", "postmark/moon", "x" * 300 + "/inbound"):
            assert outside.post(f"/mail/hooks/{path}/").status_code == 404

    def test_nor_for_who_has_no_secret(self, outside, settings):
        settings.MAIL_PROVIDERS = {"a": {"hooks": {"by": "postmark"}}, "b": {"hooks": {"by": "moon"}}, "c": {},
                                   "d": {"hooks": {"by": "mailgun", "webhook_secret": "only:basic"}}}  # fmt: skip
        for name in "abcd":
            assert outside.post(f"/mail/hooks/{name}/tracking/").status_code == 404

    def test_they_open_for_a_look_and_for_nothing_else(self, outside):
        assert outside.head("/mail/hooks/postmark/tracking/").status_code == 200
        for method in ("get", "put", "delete"):
            assert getattr(outside, method)("/mail/hooks/postmark/tracking/").status_code == 405

    @pytest.mark.parametrize("by", sorted(hooks.doors.KNOWN))
    def test_every_provider_that_is_known_has_a_door(self, settings, by, outside):
        how = {
            proof: "user:password"
            for proofs in hooks.doors.KNOWN[by].proofs.values()
            for proof in proofs
        }
        how.pop(
            "tracking_webhook_verification_key", None
        )  # a real key only, and the password is enough
        if by in {"resend", "brevo", "mailtrap"}:
            how["api_key"] = how["api_token"] = "some-key"
        if (
            by == "resend"
        ):  # its signatures need a library that we do not ship: the password is enough
            how = {"webhook_secret": "user:password", "api_key": "some-key"}
        settings.MAIL_PROVIDERS = {
            "x": {"backend": f"anymail.backends.{by}.EmailBackend", "hooks": how}
        }
        for way in hooks.doors.KNOWN[by].classes:
            assert hooks.door_of("x", way).by == by
            assert posts.post(outside, "x", way, {"a": 1}).status_code in {401, 403}

    def test_the_page_names_the_addresses_and_no_secret(self, admin, coordinator, rep, client_of):
        text = client_of(admin).get("/mail/reports/").content.decode()
        assert "/mail/hooks/postmark/tracking/" in text
        assert posts.PASSWORD not in text
        assert "/mail/hooks/" not in client_of(coordinator).get("/mail/reports/").content.decode()
        assert client_of(rep).get("/mail/reports/").status_code == 403

    def test_the_page_asks_a_steady_number_of_queries(
        self, outside, sent, coordinator, client_of, django_assert_max_num_queries
    ):
        for n in range(30):
            posts.post(
                outside, "mailgun", "tracking", posts.mailgun("delivered", sent(), number=str(n))
            )
        client = client_of(coordinator)
        client.get("/mail/reports/")
        with django_assert_max_num_queries(12):
            client.get("/mail/reports/")


class TestHardness:
    @pytest.mark.parametrize(("esp", "heard", "hard"), [
        ({"bounce": {"bounceType": "Permanent"}}, "Permanent: General smtp; 550 5.1.1 unknown", True),
        ({"bounce": {"bounceType": "Transient"}}, "Transient: MailboxFull", False),
        ({"Type": "SoftBounce"}, "550 5.1.1", False), ({"type": "blocked", "event": "bounce"}, "550 blocked", False),
        ({"event": "soft_bounce"}, "", False), ({"hard_bounce": False}, "", False), ({}, "", True),
        ({}, "451 4.4.1 later", False), ({}, "552 5.2.2 full", False), ({}, "550 5.7.1 spam", False),
    ])  # fmt: skip
    def test_is_about_the_address(self, esp, heard, hard):
        assert is_hard(esp, heard) is hard

    def test_of_a_report_by_mail_is_judged_alike(self):
        assert [nature.is_for_good(one) for one in ("5.1.1", "5.0.0", "", "5.2.2", "4.2.2")] == [
            True,
            True,
            True,
            False,
            False,
        ]
