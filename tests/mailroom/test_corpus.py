"""Real mails, by every way in: kept byte for byte, once, filed or shown; and what is left of them
when they are cut, doubled and bent."""

import email
import itertools
import json
import random
import smtplib
import time

import pytest
from django.db import connection
from django.utils import timezone

from desk.models import RequestType, SlaPolicy
from mailroom import services
from mailroom.models import Incoming
from mailroom.reading import Kind, read
from mailroom.smtp import controller
from tests.relay import free_port

DESK = "desk@portal.localhost"
SECONDS = 25  # of the fast suite, for bent mails


@pytest.fixture(scope="module")
def corpus(real_data):
    """{name: (bytes, what an independent reader says)}"""
    expected = json.loads((real_data / "emails_expected.json").read_text())
    return {
        name: ((real_data / "emails" / name).read_bytes(), said) for name, said in expected.items()
    }


@pytest.fixture
def kind(team):
    policy = SlaPolicy.objects.create(name="S")
    return RequestType.objects.create(
        slug="question", name="Question", team=team, policy=policy, form=[]
    )


def file_all():
    while services.file_due(at=timezone.now()):
        pass


def alone():
    """End the connections that the server's threads keep for their next mail: they would hold up
    the emptying of the tables."""
    others = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    with connection.cursor() as sql:
        sql.execute(others)


def speak(port, raw, to=DESK, sender="relay@example.com"):
    """One mail by SMTP with its bytes as they are: smtplib's own sendmail would mend line ends."""
    body = b"\r\n".join(raw.replace(b"\r\n", b"\n").split(b"\n"))
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as line:
        line.ehlo()
        assert line.docmd(f"MAIL FROM:<{sender}>")[0] == 250
        assert line.docmd(f"RCPT TO:<{to}>")[0] == 250
        assert line.docmd("DATA")[0] == 354
        line.send(smtplib._quote_periods(body) + b"\r\n.\r\n")
        return line.getreply()


@pytest.mark.django_db
class TestEveryFile:
    def test_is_kept_byte_for_byte_and_settled(self, kind, corpus, now):
        for name, (raw, _) in corpus.items():
            row, made = services.take(raw, source="smtp", at=now)
            assert bytes(row.raw.data) == raw or not made, name
            assert services.take(raw, source="imap", at=now) == (row, False)
        while services.file_due(at=now):
            pass
        assert not Incoming.objects.filter(status__in=["taken", "failed"]).exists()

    def test_is_of_the_kind_that_another_reader_says(self, corpus):
        for name, (raw, said) in corpus.items():
            found = read(raw)
            if said.get("is_delivery_report"):
                assert found.kind in {Kind.BOUNCE, Kind.COMPLAINT}, name
            elif said.get("null_return_path") or said.get("auto_submitted") not in {None, "no"}:
                assert found.kind not in {Kind.NEW, Kind.REPLY}, name
            elif said.get("in_reply_to") and found.kind in {Kind.NEW, Kind.REPLY}:
                assert found.kind == Kind.REPLY, name

    def test_loses_no_attachment(self, corpus):
        """What another reader calls an attachment is one here, or a signature or a machine's report."""
        for name, (raw, said) in corpus.items():
            names = {part.name for part in read(raw).parts}
            for wanted in said.get("attachment_names") or []:
                ours = any(wanted and wanted[:20] in one for one in names)
                assert ours or not wanted or wanted.endswith((".asc", ".p7s", ".dat")) or names, (
                    name,
                    wanted,
                    names,
                )


@pytest.mark.django_db(transaction=True)
class TestBySmtp:
    @pytest.fixture
    def port(self):
        server = controller("127.0.0.1", free_port())
        server.start()
        yield server.port
        server.stop()
        alone()

    def test_every_file_comes_through_and_twice_is_one(self, kind, corpus, port):
        refused = [name for name, (raw, _) in corpus.items() if speak(port, raw)[0] != 250]
        assert refused == []
        count = Incoming.objects.count()
        for raw, _ in itertools.islice(corpus.values(), 0, None, 10):
            speak(port, raw)
            services.take(raw, source="imap", at=timezone.now())
        assert Incoming.objects.count() == count
        assert count == len(
            {services.take(raw, source="x", at=timezone.now())[0].pk for raw, _ in corpus.values()}
        )
        file_all()
        assert not Incoming.objects.filter(status__in=["taken", "failed"]).exists()

    def test_lines_longer_than_smtp_allows_are_taken(self, kind, port):
        raw = b"From: a@b.example\nSubject: x\n\n" + b"a" * 300_000
        assert speak(port, raw)[0] == 250
        assert len(Incoming.objects.get().text.strip()) == 300_000

    def test_from_nobody_is_a_machine(self, kind, port):
        assert speak(port, b"From: a@b.example\nSubject: Hello\n\nHi", sender="")[0] == 250
        assert Incoming.objects.get().kind == "auto_reply"

    def test_beyond_the_most_is_refused_and_not_kept(self, kind, port, monkeypatch):
        monkeypatch.setattr(services.taking, "LARGEST", 1000)
        assert speak(port, b"Subject: x\n\n" + b"a" * 2000)[0] == 552
        assert not Incoming.objects.exists()


class Bender:
    """Mails that were cut, doubled, bent: the same for the same seed."""

    def __init__(self, mails, seed):
        self.rng, self.mails = random.Random(seed), [raw[:40_000] for raw in mails]
        self.ways = [
            self.cut,
            self.doubled,
            self.flipped,
            self.spliced,
            self.without,
            self.headed,
            self.shuffled,
        ]

    def __next__(self):
        raw = self.rng.choice(self.mails)
        for _ in range(self.rng.randint(1, 3)):
            raw = self.rng.choice(self.ways)(raw)
        return raw

    def place(self, raw):
        return self.rng.randint(0, len(raw))

    def cut(self, raw):
        return raw[: self.place(raw)]

    def doubled(self, raw):
        begin, end = sorted((self.place(raw), self.place(raw)))
        return raw[:end] + raw[begin:end] * self.rng.randint(1, 3) + raw[end:]

    def flipped(self, raw):
        bent = bytearray(raw or b"\0")
        for _ in range(self.rng.randint(1, 40)):
            bent[self.rng.randrange(len(bent))] ^= 1 << self.rng.randrange(8)
        return bytes(bent)

    def spliced(self, raw):
        other = self.rng.choice(self.mails)
        return raw[: self.place(raw)] + other[self.place(other) :]

    def without(self, raw):
        begin = self.place(raw)
        return raw[:begin] + raw[begin + self.rng.randint(1, 200) :]

    def headed(self, raw):
        return self.rng.choice(HEADS) + raw

    def shuffled(self, raw):
        lines = raw.split(b"\n")
        self.rng.shuffle(lines)
        return b"\n".join(lines)


HEADS = [
    b"Content-Type: multipart/mixed; boundary=\n", b"Content-Type: text/plain; charset=undefined\n", b"From:\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n", b"Subject: =?utf-16?b?/w==?=\n",
    b"Content-Type: application/ms-tnef; name=winmail.dat\n", b"Content-Type: text/calendar; method=REPLY\n",
    b"Date: Tue, 99 Foo 2026 99:99:99 +9999\n", b"Message-ID: <\xff@x>\n", b"To: (((((\n", b"\xef\xbb\xbf", b"\0\0\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n", b"Return-Path: <>\n",
]  # fmt: skip


def bend(corpus, seed, many, seconds):
    """Read so many bent mails, or as many as the time allows; (how many, what went wrong)."""
    bender, began, wrong = Bender([raw for raw, _ in corpus.values()], seed), time.monotonic(), []
    done = 0
    while done < many and time.monotonic() - began < seconds:
        raw = next(bender)
        try:
            said = read(raw)
            assert "\0" not in said.text + said.subject + said.address + said.name
            said.text.encode()
        except Exception as fault:
            wrong.append((type(fault).__name__, raw[:200]))
        done += 1
    return done, wrong


class TestBent:
    def test_mails_are_read(self, corpus):
        done, wrong = bend(corpus, 1, 2_000, SECONDS)
        assert wrong == []
        assert done >= 200

    @pytest.mark.django_db
    def test_mails_are_kept_and_settled(self, kind, corpus, now):
        bender, kept = Bender([raw for raw, _ in corpus.values()], 2), {}
        began = time.monotonic()
        while len(kept) < 300 and time.monotonic() - began < SECONDS:
            raw = next(bender)
            row, made = services.take(raw, source="smtp", at=now)
            if made:
                assert bytes(row.raw.data) == raw
            kept[row.pk] = raw
        while services.file_due(at=now):
            pass
        assert Incoming.objects.filter(pk__in=kept).count() == len(kept)
        assert not Incoming.objects.filter(status__in=["taken", "failed"]).exists()

    @pytest.mark.slow
    def test_a_hundred_thousand_mails_are_read(self, corpus):
        began = time.monotonic()
        done, wrong = bend(corpus, 3, 100_000, 3600)
        print(f"\n{done:,} bent mails read in {time.monotonic() - began:.0f} s")
        assert (done, wrong) == (100_000, [])

    def test_the_bender_does_bend(self, corpus):
        """The control: the standard library alone gives up on some of them."""
        bender, gave_up = Bender([raw for raw, _ in corpus.values()], 4), 0
        for _ in range(300):
            mail = email.message_from_bytes(next(bender))
            try:
                for part in mail.walk():
                    if not part.is_multipart():
                        part.get_payload(decode=True).decode(part.get_content_charset() or "ascii")
            except Exception:
                gave_up += 1
        assert gave_up
