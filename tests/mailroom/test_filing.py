"""What comes in is kept once, filed where it belongs, or shown to a person."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from comms import services as comms
from comms.addresses import reply_address
from comms.models import Delivery, Message, Suppression, Turn
from desk import services as desk
from desk.models import RequestType, SalesRequest, SlaPolicy
from journal.models import Entry
from mailroom import services
from mailroom.models import Incoming, TypeRule
from mailroom.services import filing, senders
from mailroom.smtp import controller
from tests import factories
from tests.relay import free_port

HOUR = timedelta(hours=1)
DESK = "desk@portal.localhost"


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(
        account=account, name="Claire Ashworth", email="claire@northgate.example"
    )


@pytest.fixture
def kind(team):
    return RequestType.objects.create(
        slug="question",
        name="Question",
        team=team,
        policy=SlaPolicy.objects.create(name="S"),
        form=[],
    )


@pytest.fixture
def asked(kind, rep, contact, now):
    return desk.submit(
        kind, subject="Which seal?", account=contact.account, contact=contact, requester=rep, data={},
        priority=1, wanted_on=None, by=rep, at=now,
    )  # fmt: skip


def mail(sender, body="Hello", *, to=DESK, subject="Pump", files=(), **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = headers.pop("message_id", f"<{abs(hash((sender, body, subject)))}@x>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture
def comes(now):
    def take(raw, at=None):
        row, _ = services.take(raw, source="smtp", at=at or now, recipients=[])
        services.file_due(at=at or now)
        row.refresh_from_db()
        return row

    return take


class TestNewMail:
    def test_of_a_contact_becomes_a_request_of_whoever_looks_after_them(
        self, kind, contact, rep, comes
    ):
        row = comes(mail(contact.email, "Do you have DN 50?"))
        made = SalesRequest.objects.get()
        assert (row.status, made.requester, made.contact, made.source) == (
            "filed",
            rep,
            contact,
            "mail",
        )
        assert row.message.body == "Do you have DN 50?"
        assert row.message.contact == contact

    def test_of_a_colleague_is_her_own_request(self, kind, rep, comes):
        comes(mail(rep.email, "Please quote"))
        assert SalesRequest.objects.get().requester == rep
        assert Message.objects.get().author == rep

    def test_of_a_stranger_waits_for_a_person(self, kind, comes):
        row = comes(mail("who@nowhere.example"))
        assert (row.status, row.why) == ("triage", "We do not know the sender.")
        assert not SalesRequest.objects.exists()

    def test_gets_the_type_that_a_rule_names(self, kind, team, contact, comes):
        quote = RequestType.objects.create(
            slug="quote", name="Quote", team=team, policy=kind.policy, form=[]
        )
        TypeRule.objects.create(field="subject", contains="offer", type=quote)
        comes(mail(contact.email, subject="Your OFFER please"))
        comes(mail(contact.email, subject="Something else"))
        assert list(SalesRequest.objects.order_by("pk").values_list("type__slug", flat=True)) == [
            "quote",
            "question",
        ]

    def test_to_many_at_once_opens_nothing(self, kind, contact, comes):
        assert comes(mail(contact.email, List_Id="<news.example>")).status == "triage"
        assert not SalesRequest.objects.exists()

    def test_in_a_flood_stops_opening_requests(self, kind, contact, comes):
        for n in range(filing.FLOOD + 5):
            comes(mail(contact.email, f"Again {n}"))
        assert SalesRequest.objects.count() == filing.FLOOD
        assert Incoming.objects.filter(status="triage").count() == 5

    def test_brings_its_files_under_the_upload_rules(self, kind, contact, comes):
        row = comes(
            mail(contact.email, files=[("data.csv", b"a,b\n1,2\n"), ("run.exe", b"MZ\x90\0")])
        )
        assert [one.name for one in row.message.attachments.all()] == ["data.csv"]
        assert "run.exe" in row.why
        assert b"run.exe" in bytes(row.raw.data)  # nothing is lost


class TestAnswers:
    def test_of_a_customer_land_in_the_conversation_and_bring_it_back(
        self, asked, contact, coordinator, comes, now
    ):
        desk.reply(asked, body="Which size?", by=coordinator, at=now, visibility="customer")
        desk.give_custody(asked, "customer", by=coordinator, at=now)
        sent = Delivery.objects.get(contact=contact)
        row = comes(mail(contact.email, "DN 50", In_Reply_To=sent.message_id), now + HOUR)
        asked.refresh_from_db()
        assert (row.status, row.message.thread.subject_id, asked.party) == (
            "filed",
            asked.pk,
            "desk",
        )

    def test_by_the_signed_address_need_no_header(self, asked, contact, coordinator, comes, now):
        thread = desk.note(asked, body="x", by=coordinator, at=now).thread
        row = comes(
            mail(contact.email, "DN 50", to=reply_address(thread.pk, f"contact:{contact.pk}"))
        )
        assert row.message.thread == thread

    def test_of_a_colleague_close_the_turn(self, asked, rep, coordinator, comes, now):
        thread = desk.ask_requester(asked, body="Size?", by=coordinator, at=now).thread
        row = comes(
            mail(rep.email, "DN 50", to=reply_address(thread.pk, f"user:{rep.pk}")), now + HOUR
        )
        asked.refresh_from_db()
        assert (row.message.author, asked.party) == (rep, "desk")
        assert Turn.objects.get().answer == row.message

    def test_in_a_colleagues_name_without_the_signed_address_are_not_believed(
        self, asked, rep, coordinator, comes, now
    ):
        message = desk.ask_requester(asked, body="Size?", by=coordinator, at=now)
        sent = comms.owe_mail(
            key="x",
            recipient=rep.email,
            subject="s",
            body="b",
            due_at=now,
            at=now,
            about=asked,
            user=rep,
        )
        row = comes(mail(rep.email, "Forged", In_Reply_To=sent.message_id))
        assert (row.status, Message.objects.filter(author=rep).count()) == ("triage", 0)
        assert Message.objects.get() == message

    def test_from_somebody_else_wait_for_a_person(self, asked, contact, coordinator, comes, now):
        thread = desk.note(asked, body="x", by=coordinator, at=now).thread
        row = comes(
            mail("thief@evil.example", to=reply_address(thread.pk, f"contact:{contact.pk}"))
        )
        assert (row.status, row.message) == ("triage", None)

    def test_to_a_forged_address_find_no_conversation(
        self, asked, contact, coordinator, comes, now
    ):
        thread = desk.note(asked, body="x", by=coordinator, at=now).thread
        good = reply_address(thread.pk, f"contact:{contact.pk}")
        local, _, domain = good.rpartition("@")
        bad = f"{local[:-9]}{'a' if local[-9] != 'a' else 'b'}{local[-8:]}@{domain}"
        row = comes(mail("who@nowhere.example", to=bad))
        assert row.thread is None


class TestMachines:
    def test_out_of_office_is_no_answer(self, asked, contact, coordinator, comes, now):
        desk.reply(asked, body="Which size?", by=coordinator, at=now, visibility="customer")
        sent = Delivery.objects.get(contact=contact)
        row = comes(
            mail(contact.email, "Away", subject="Out of office", In_Reply_To=sent.message_id)
        )
        assert (row.status, row.message) == ("noted", None)
        assert not Entry.objects.filter(action="comms.message.received").exists()
        assert row.thread.subject_id == asked.pk

    def test_a_bounce_stops_further_mail(self, asked, contact, coordinator, comes, now):
        desk.reply(asked, body="Hello", by=coordinator, at=now, visibility="customer")
        sent = Delivery.objects.get(contact=contact)
        Delivery.objects.update(status="sent", sent_at=now)
        report = (
            b"From: MAILER-DAEMON@relay.example\nSubject: Undelivered\nContent-Type: multipart/report; "
            b"report-type=delivery-status; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
            b"Reporting-MTA: dns; r\n\nFinal-Recipient: rfc822; claire@northgate.example\nAction: failed\n"
            b"Status: 5.1.1\n\n--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: "
            + sent.message_id.encode() + b"\n--x--\n"
        )  # fmt: skip
        assert comes(report).status == "noted"
        assert Suppression.objects.filter(address=contact.email, lifted_at=None).exists()
        assert not SalesRequest.objects.exclude(pk=asked.pk).exists()

    def test_our_own_mail_come_back_opens_nothing(self, kind, comes):
        assert comes(mail(DESK)).status == "ignored"


class TestOnce:
    def test_the_same_mail_by_two_ways_is_one(self, kind, contact, now):
        raw = mail(contact.email, "Once")
        first, made = services.take(raw, source="smtp", at=now)
        again, twice = services.take(b"Received: by relay.example\n" + raw, source="imap", at=now)
        assert (made, twice, first.pk) == (True, False, again.pk)

    def test_two_mails_under_one_id_are_two(self, kind, now):
        for body in ("One", "Two"):
            services.take(mail("a@b.example", body, message_id="<same@x>"), source="smtp", at=now)
        assert Incoming.objects.count() == 2

    def test_every_real_mail_goes_in_and_none_is_lost(self, kind, real_data, now):
        files = [path for path in sorted((real_data / "emails").rglob("*")) if path.is_file()]
        kept = set()
        for path in files:
            raw = path.read_bytes()
            row, _ = services.take(raw, source="smtp", at=now)
            kept.add(row.pk)
            assert row.raw.data
        while services.file_due(at=now):
            pass
        assert not Incoming.objects.filter(status__in=["taken", "failed"]).exists()
        # two of the files are another one again: with other line ends, and with a relay's lines above
        assert Incoming.objects.count() == len(kept) == len(files) - 2

    def test_what_cannot_be_filed_is_shown_and_the_next_goes_on(
        self, kind, contact, comes, monkeypatch
    ):
        monkeypatch.setattr(
            senders, "place_of", lambda row, said: 1 / 0 if "bad" in row.subject else None
        )
        assert comes(mail(contact.email, subject="bad")).status == "failed"
        assert comes(mail(contact.email, subject="good")).status == "filed"


class TestSorting:
    def test_makes_a_request_of_a_strangers_mail(
        self, kind, contact, coordinator, comes, client_of
    ):
        row = comes(mail("new@northgate.example", "Hello"))
        page = client_of(coordinator)
        form = {"kind": kind.pk, "account": "Northgate Water"}
        assert page.post(f"/mail/{row.pk}/request/", form).url == "/mail/"
        assert SalesRequest.objects.get().account == contact.account
        assert page.post(f"/mail/{row.pk}/request/", form).status_code == 409  # somebody was faster

    def test_keeps_what_was_typed_after_a_refusal(self, kind, coordinator, comes, client_of):
        row = comes(mail("new@northgate.example"))
        reply = client_of(coordinator).post(
            f"/mail/{row.pk}/request/", {"kind": kind.pk, "account": "Nope Ltd"}
        )
        assert reply.status_code == 422
        assert "Nope Ltd" in reply.content.decode()

    def test_puts_it_into_a_conversation(self, asked, coordinator, comes, client_of, now):
        desk.note(asked, body="x", by=coordinator, at=now)
        row = comes(mail("new@northgate.example", "Here it is"))
        client_of(coordinator).post(f"/mail/{row.pk}/conversation/", {"to": f"R-{asked.pk}"})
        assert Message.objects.get(body="Here it is").thread.subject_id == asked.pk

    def test_a_blocked_sender_is_kept_aside(self, kind, coordinator, comes, client_of):
        row = comes(mail("spam@evil.example", "Buy"))
        client_of(coordinator).post(f"/mail/{row.pk}/ignore/", {"block": "1"})
        assert comes(mail("spam@evil.example", "Buy more")).status == "ignored"

    def test_is_the_desks(self, kind, rep, comes, client_of):
        row = comes(mail("a@b.example"))
        assert client_of(rep).get("/mail/").status_code == 403
        assert client_of(rep).post(f"/mail/{row.pk}/ignore/").status_code == 403

    def test_html_is_shown_apart(self, kind, coordinator, comes, client_of):
        raw = (
            mail("a@b.example")
            .replace(b"text/plain", b"text/html")
            .replace(b"Hello", b"<script>alert(1)</script>Hi")
        )
        reply = client_of(coordinator).get(f"/mail/{comes(raw).pk}/page/")
        assert "script" not in reply.content.decode()
        policy = reply["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "script-src 'none'" in policy
        assert reply["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.django_db(transaction=True)
class TestTheIntake:
    def test_says_yes_after_the_mail_is_kept(self, kind, contact):
        server = controller("127.0.0.1", free_port())
        server.start()
        try:
            with smtplib.SMTP("127.0.0.1", server.port) as client:
                client.sendmail(contact.email, [DESK], mail(contact.email, "By SMTP"))
                assert Incoming.objects.get().recipients == [DESK]
        finally:
            server.stop()
        services.file_due(at=timezone.now())
        assert SalesRequest.objects.get().contact == contact
