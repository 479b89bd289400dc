"""Mails that mean harm, or come from strange programs: read in time, and for what they are."""

import base64
import struct
import time
from datetime import timedelta

import pytest

from comms.models import Delivery, Message
from desk import services as desk
from desk.models import RequestType, SalesRequest, SlaPolicy
from journal.models import Entry
from mailroom import services
from mailroom.models import Incoming
from mailroom.reading import Kind, read
from mailroom.services import filing
from tests import factories

HEAD = b"From: Claire <claire@northgate.example>\nSubject: Pump\nMessage-ID: <a@b>\n"
FEW_SECONDS = 10  # a bound against running away on a busy machine, not a measure


def part(kind, data, extra=b""):
    return b"--b\nContent-Type: " + kind + b"\n" + extra + b"\n" + data + b"\n"


def mixed(*parts, head=HEAD):
    return head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(parts) + b"--b--\n"


RUNAWAYS = {
    "nested": HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(10_000)),
    "attached in attached": HEAD + b"Content-Type: message/rfc822\n\n" * 10_000,
    "many parts": mixed(part(b"text/plain", b"x") * 10_000),
    "one huge field": HEAD + b"X: " + b"a" * 2_000_000 + b"\n\nx",
    "a huge sender": b"From: " + b"a" * 200_000 + b"\n\nx",
    "many readers": HEAD + b"To: " + b"a@b.example, " * 100_000 + b"\n\nx",
    "brackets": HEAD + b'To: "(<' * 50_000 + b"\n\nx",
    "folded": HEAD + b"X: a\n" + b" aaaaaaaaaa\n" * 100_000 + b"\nx",
    "many fields": HEAD + b"X: b\n" * 100_000 + b"\nx",
    "many parameters": HEAD + b"Content-Type: text/plain; " + b"a=b; " * 50_000 + b"\n\nx",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\n\nx",
    "brackets of a page": HEAD + b"Content-Type: text/html\n\n" + b"<" * 400_000,
    "remarks of a page": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 100_000,
    "long lines": HEAD + b"\n" + (b"On Mon, " + b"a " * 900 + b"\n") * 30,
    "a report": HEAD + b"Content-Type: message/delivery-status\n\nFinal-Recipient: " + b"a" * 50_000,
}  # fmt: skip


class TestRunaways:
    @pytest.mark.parametrize("name", RUNAWAYS)
    def test_are_read_in_time(self, name):
        began = time.perf_counter()
        read(RUNAWAYS[name])
        assert time.perf_counter() - began < FEW_SECONDS

    @pytest.mark.parametrize(
        "name", ["nested", "attached in attached", "many fields", "one huge field"]
    )
    def test_are_known_by_their_sender_all_the_same(self, name):
        found = read(RUNAWAYS[name])
        assert (found.address, found.message_id) == ("claire@northgate.example", "<a@b>")


class TestStrangePrograms:
    @pytest.mark.parametrize(("charset", "raw", "text"), [
        ("utf-8", "Grüße".encode(), "Grüße"), ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("utf-8", "Grüße".encode("latin-1"), "Gr"), ("x-unknown", "Grüße".encode(), "Grüße"),
        ("gb2312", "你好".encode("gb18030"), "你好"), ("iso-2022-jp", "注文".encode("iso-2022-jp"), "注文"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"), ("utf-16", "Hi".encode("utf-16"), "Hi"),
        ("undefined", b"abc\xff", "abc"), ("utf-7", b"Hi +AOk-", "Hi é"), ("", b"plain", "plain"),
    ])  # fmt: skip
    def test_write_in_many_charsets(self, charset, raw, text):
        encoded = base64.b64encode(raw)
        found = read(HEAD + b"Content-Type: text/plain; charset=" + charset.encode() +
                     b"\nContent-Transfer-Encoding: base64\n\n" + encoded)  # fmt: skip
        assert (text in found.text, found.problem) == (True, "")

    def test_outlooks_wrapping_is_opened(self):
        def record(level, attribute, value):
            return struct.pack("<BLL", level, attribute, len(value)) + value + b"\0\0"

        tnef = struct.pack("<LH", 0x223E9F78, 1) + record(1, 0x0002800C, b"Hello\0")
        for name, data in ((b"order.csv", b"a,b\n1,2\n"), (b"plan.txt", b"plan")):
            tnef += (
                record(2, 0x00069002, b"\0" * 14)
                + record(2, 0x00018010, name + b"\0")
                + record(2, 0x0006800F, data)
            )
        wrapped = base64.encodebytes(tnef)
        raw = mixed(
            part(
                b"application/ms-tnef; name=winmail.dat",
                wrapped,
                b"Content-Transfer-Encoding: base64\n",
            )
        )
        found = read(raw)
        assert [(one.name, one.data) for one in found.parts] == [
            ("order.csv", b"a,b\n1,2\n"),
            ("plan.txt", b"plan"),
        ]
        assert found.text == "Hello"

    @pytest.mark.parametrize(
        "data", [b"", b"\x78\x9f\x3e\x22", b"\x78\x9f\x3e\x22\0\0" + b"\xff" * 50, b"junk"]
    )
    def test_a_broken_wrapping_is_kept_as_it_is(self, data):
        raw = mixed(
            part(
                b"application/ms-tnef",
                base64.encodebytes(data),
                b"Content-Transfer-Encoding: base64\n",
            )
        )
        assert [one.name for one in read(raw).parts] == ["winmail.dat"]

    def test_a_signature_is_no_file(self):
        raw = mixed(
            part(b"text/plain", b"Hello"),
            part(b"application/pkcs7-signature; name=smime.p7s", b"x"),
        )
        assert (read(raw).text, read(raw).parts) == ("Hello", [])

    def test_what_is_encrypted_says_so(self):
        raw = (
            HEAD
            + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx"
        )
        assert (read(raw).sealed, [one.name for one in read(raw).parts]) == (True, ["smime.p7m"])

    def test_an_answer_to_an_invitation_is_kept_as_a_file(self):
        event = b"BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"
        raw = mixed(part(b"text/plain", b"Accepted"), part(b"text/calendar; method=REPLY", event),
                    part(b"application/ics; name=invite.ics", b"BEGIN:VCALENDAR"))  # fmt: skip
        found = read(raw)
        assert (found.calendar, found.parts[0].name, found.parts[0].data) == (
            "REPLY",
            "reply.ics",
            event,
        )

    def test_zips_are_parts_like_others(self):
        raw = mixed(part(b"application/zip; name=a.zip", b"PK\x03\x04"))
        assert [one.name for one in read(raw).parts] == ["a.zip"]


class TestMachines:
    @pytest.mark.parametrize("subject", [
        "Out of Office: Pump", "Automatic reply: Pump", "Re: Out of the office until Monday", "Abwesenheitsnotiz: Urlaub",
        "Automatische Antwort: Pumpe", "Automatisch antwoord: pomp", "Afwezig", "Réponse automatique : Pompe",
        "Absence du bureau", "Risposta automatica: pompa", "Fuori sede", "Respuesta automática: bomba",
        "Fuera de la oficina", "Resposta automática: bomba", "Autosvar: pumpe", "Automatiskt svar: pump",
        "Automaattinen vastaus: pumppu", "Odpowiedź automatyczna: pompa", "Automatická odpověď: čerpadlo",
        "Automatikus válasz", "Otomatik yan\u0131t: pompa", "Автоматический ответ: насос", "Αυτόματη απάντηση",
        "自動返信: ポンプ", "自动回复：泵", "자동 회신: 펌프", "رد تلقائي: مضخة", "[Auto-Reply] Pump", "AW: Automatische Antwort",
    ])  # fmt: skip
    def test_say_that_somebody_is_away_in_many_tongues(self, subject):
        assert (
            read(f"From: a@b.example\nSubject: {subject}\nIn-Reply-To: <x@y>\n\nAway".encode()).kind
            == Kind.AUTO_REPLY
        )

    @pytest.mark.parametrize("subject", [
        "Absence of the gasket in our order", "Automatic pump control DN 50", "Vacation house needs a pump",
        "Office pump is out of order", "Auto parts", "Absent parts", "Re: Pump", "Away game shirts",
    ])  # fmt: skip
    def test_people_are_not_taken_for_them(self, subject):
        """The control: words that only look alike."""
        assert (
            read(f"From: a@b.example\nSubject: {subject}\n\nHello".encode()).kind != Kind.AUTO_REPLY
        )

    @pytest.mark.parametrize("line", [
        b"Auto-Submitted: auto-replied", b"Auto-Submitted: auto-generated (vacation)", b"X-Autoreply: yes",
        b"X-Autorespond: x", b"Precedence: auto_reply", b"Precedence: junk", b"Preference: auto_reply", b"Return-Path: <>",
        b"X-POST-MessageClass: 9; Autoresponder", b"X-Autogenerated: Reply",
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x", b"Received: x\n" * 60 + b"X: y",
    ])  # fmt: skip
    def test_say_so_in_a_header(self, line):
        assert read(HEAD + line + b"\n\nHello").kind == Kind.AUTO_REPLY

    @pytest.mark.parametrize("line", [b"Precedence: bulk", b"List-Id: <x.example>", b"X-Loop: desk@x.example",
                                      b"List-Unsubscribe: <https://x.example>"])  # fmt: skip
    def test_that_write_to_many_open_nothing(self, line):
        assert read(HEAD + line + b"\n\nHello").many


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(account=account, email="claire@northgate.example")


@pytest.fixture
def kind(team):
    policy = SlaPolicy.objects.create(name="S")
    return RequestType.objects.create(
        slug="question", name="Question", team=team, policy=policy, form=[]
    )


@pytest.fixture
def comes(now):
    def take(raw, **how):
        row, _ = services.take(raw, source="smtp", at=now, **how)
        services.file_due(at=now)
        row.refresh_from_db()
        return row

    return take


def from_claire(body, *lines):
    head = b"".join(line.encode() + b"\n" for line in lines)
    return (
        b"From: claire@northgate.example\nTo: desk@portal.localhost\n"
        + head
        + b"\n"
        + body.encode()
    )


@pytest.mark.django_db
class TestFiling:
    def test_from_nobody_opens_nothing(self, kind, contact, comes):
        row = comes(from_claire("Hi", "Subject: x"), sender="")
        assert (row.status, SalesRequest.objects.count()) == ("noted", 0)
        assert (
            comes(from_claire("Ho", "Subject: x"), sender="claire@x.example").status == "filed"
        )  # the control

    def test_two_machines_that_answer_each_other_are_stopped(
        self, kind, contact, coordinator, comes, now
    ):
        request = desk.submit(kind, subject="s", account=contact.account, contact=contact, requester=contact.account.owner,
                              data={}, priority=1, wanted_on=None, by=contact.account.owner, at=now)  # fmt: skip
        desk.reply(request, body="Which?", by=coordinator, at=now, visibility="customer")
        sent = Delivery.objects.get(contact=contact)
        before = Message.objects.count()
        for n in range(filing.FLOOD * 2):
            comes(from_claire(f"I got your mail {n}", f"In-Reply-To: {sent.message_id}"))
        assert Message.objects.count() == before + filing.FLOOD
        assert Incoming.objects.filter(status="triage").count() == filing.FLOOD

    def test_of_a_machine_that_does_not_stop_somebody_hears_once(self, kind, contact, comes):
        for n in range(filing.FLOOD * 2):
            comes(from_claire(f"Away {n}", "Auto-Submitted: auto-replied"))
        assert Incoming.objects.filter(status="triage").count() == 1
        assert Entry.objects.filter(action="mailroom.incoming.auto_reply").count() == filing.FLOOD

    def test_an_hour_later_she_is_heard_again(self, kind, contact, comes, now):
        for n in range(filing.FLOOD + 1):
            comes(from_claire(f"Hello {n}"))
        Incoming.objects.update(received_at=now - timedelta(hours=2))
        assert comes(from_claire("One more")).status == "filed"

    def test_a_tag_in_the_senders_address_is_still_she(self, kind, contact, comes):
        raw = from_claire("Hello").replace(b"claire@", b"claire+orders@")
        assert comes(raw).contact == contact

    def test_our_own_address_with_a_tag_is_ours(self, kind, comes):
        raw = from_claire("Hello").replace(
            b"claire@northgate.example", b"desk+t.abc@portal.localhost"
        )
        assert comes(raw).status == "ignored"

    def test_an_answer_to_an_unknown_invitation_opens_no_request(self, kind, contact, comes):
        event = b"BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"
        row = comes(
            mixed(part(b"text/plain", b"Accepted"), part(b"text/calendar; method=REPLY", event))
        )
        assert (row.status, row.parts, SalesRequest.objects.count()) == ("triage", 1, 0)

    def test_an_invitation_brings_its_calendar_file(self, kind, contact, comes):
        event = b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR"
        row = comes(
            mixed(
                part(b"text/plain", b"Please come"), part(b"text/calendar; method=REQUEST", event)
            )
        )
        assert [one.name for one in row.message.attachments.all()] == ["invite.ics"]

    def test_what_is_encrypted_waits_for_a_person(self, kind, contact, comes):
        row = comes(
            HEAD
            + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx"
        )
        assert (row.status, "encrypted" in row.why) == ("triage", True)
