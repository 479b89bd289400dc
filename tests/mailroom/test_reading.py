"""Reading mail: whatever the bytes are, nothing is lost and nothing fails."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.reading import Kind, read
from mailroom.reading.page import safe, too_deep

HEAD = b"From: Claire <claire@northgate.example>\nSubject: Re: Pump\nMessage-ID: <a@b>\n"


def text_mail(body, *extra):
    lines = "".join(f"{line}\n" for line in extra)
    return HEAD + lines.encode() + b"Content-Type: text/plain; charset=utf-8\n\n" + body.encode()


class TestRealMail:
    @pytest.fixture
    def corpus(self, real_data):
        expected = json.loads((real_data / "emails_expected.json").read_text())
        found = {}
        for name, said in expected.items():
            raw = (real_data / "emails" / name).read_bytes()
            if said["kind"] == "body only":
                kind = b"html" if name.endswith(".html") else b"plain"
                raw = HEAD + b"Content-Type: text/" + kind + b"; charset=utf-8\n\n" + raw
            found[name] = (read(raw), said)
        return found

    def test_every_file_is_read_and_none_is_given_up(self, corpus):
        assert len(corpus) == 183
        assert [name for name, (mail, _) in corpus.items() if mail.problem] == []

    def test_delivery_reports_are_all_recognised(self, corpus):
        missed = [
            name for name, (mail, said) in corpus.items()
            if said.get("is_delivery_report") and mail.kind not in {Kind.BOUNCE, Kind.COMPLAINT}
        ]  # fmt: skip
        assert missed == []

    def test_what_says_that_no_person_wrote_it_is_never_taken_for_a_persons(self, corpus):
        wrong = [
            name for name, (mail, said) in corpus.items()
            if (said.get("null_return_path") or said.get("auto_submitted") not in (None, "no"))
            and mail.kind in {Kind.NEW, Kind.REPLY}
        ]  # fmt: skip
        assert wrong == []

    def test_people_are_not_taken_for_machines(self, corpus):
        """Without a mark of a machine, only mails of a mailer daemon and one with the subject of an
        automatic answer are held for one."""
        machines = [
            mail for mail, said in corpus.values()
            if said["kind"] == "message" and not said["auto_submitted"] and not said["null_return_path"]
            and not said["is_delivery_report"] and mail.kind not in {Kind.NEW, Kind.REPLY}
        ]  # fmt: skip
        people = [
            mail
            for mail in machines
            if not mail.address.startswith(("mailer-daemon", "postmaster"))
        ]
        assert len(people) <= 1

    def test_replies_are_what_another_parser_finds_in_four_of_five(self, corpus):
        def start(text):
            return " ".join(text.split())[:140]

        judged = [
            start(mail.reply) == start(said["reply_by_email_reply_parser_py"])
            for mail, said in corpus.values() if "reply_by_email_reply_parser_py" in said
        ]  # fmt: skip
        assert sum(judged) / len(judged) > 0.8

    def test_senders_and_subjects_agree(self, corpus):
        for name, (mail, said) in corpus.items():
            if said["kind"] == "message" and said["message_id"] and "double_at" not in name:
                assert mail.message_id == said["message_id"].strip(), name


class TestAnyBytes:
    @given(st.binary(max_size=3000))
    @settings(max_examples=300, deadline=None)
    def test_are_read(self, raw):
        assert "\0" not in read(raw).text

    @given(st.lists(st.sampled_from([
        b"From: a@b\n", b"Content-Type: multipart/mixed; boundary=x\n", b"\n", b"--x\n", b"--x--\n", b"=?utf-8?b?%%?=\n",
        b"Content-Type: text/plain; charset=nonsense\n", b"Content-Transfer-Encoding: base64\n", b"Subject: =?x?q?\xff?=\n",
        b"Date: 99 99 99\n", b"\xff\xfe\0\n", b"Content-Type: message/rfc822\n", b"In-Reply-To: <\n",
        b"Content-Type: message/delivery-status\n", b"To: a,,@@,;:<<>>\n",
    ]), max_size=40))  # fmt: skip
    @settings(max_examples=500, deadline=None)
    def test_that_look_like_a_mail_are_read(self, pieces):
        read(b"".join(pieces))

    def test_nested_a_thousand_deep_are_kept(self):
        raw = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500)
        )
        assert read(HEAD + raw + b"\nHello") is not None

    def test_with_a_long_tail_take_no_time(self):
        begin = time.perf_counter()
        read(text_mail("> " * 200_000 + "\nOn Monday somebody wrote:\n" * 5000))
        assert time.perf_counter() - begin < 5  # a bound against running away, not a measure


class TestKinds:
    @pytest.mark.parametrize("subject", [
        "Out of office: away until Monday", "Automatische Antwort: Pumpe", "Réponse automatique : absence",
        "Abwesenheitsnotiz", "Automatic reply: Re: offer", "Respuesta automática: pedido", "自動返信: 不在",
    ])  # fmt: skip
    def test_out_of_office_is_heard_in_many_tongues(self, subject):
        raw = f"From: a@b.example\nSubject: {subject}\nIn-Reply-To: <x@y>\n\nAway".encode()
        assert read(raw).kind == Kind.AUTO_REPLY

    @pytest.mark.parametrize("line", [
        "Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "Return-Path: <>",
    ])  # fmt: skip
    def test_marks_of_machines_are_seen(self, line):
        assert read(text_mail("Hello", line)).kind == Kind.AUTO_REPLY

    def test_without_them_it_is_a_person(self):
        assert read(text_mail("Hello", "Auto-Submitted: no")).kind == Kind.NEW
        assert read(text_mail("Hello", "In-Reply-To: <x@y>")).kind == Kind.REPLY

    def test_a_report_names_whom_it_did_not_reach(self):
        raw = b"""From: MAILER-DAEMON@relay.example
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

Sorry
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; claire@northgate.example
Action: failed
Status: 5.1.1

--x
Content-Type: text/rfc822-headers

Message-ID: <ours@portal>
--x--
"""
        found = read(raw)
        assert found.kind == Kind.BOUNCE
        assert found.returned.recipients == ["claire@northgate.example"]
        assert (found.returned.status, found.returned.hard) == ("5.1.1", True)
        assert found.returned.original_id == "<ours@portal>"

    def test_a_delay_is_not_for_good(self):
        raw = text_mail("x").replace(b"text/plain; charset=utf-8", b"message/delivery-status")
        found = read(
            raw.replace(
                b"\n\nx",
                b"\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822;a@b.c\nAction: delayed\nStatus: 4.4.1\n",
            )
        )
        assert found.returned.hard is False


class TestStripping:
    def test_quotes_and_signatures_go(self):
        mail = read(
            text_mail(
                "Yes, DN 50.\n\nOn Mon, 23 Nov 2026, Desk <desk@x.example> wrote:\n> Which size?\n"
            )
        )
        assert mail.reply == "Yes, DN 50."
        assert "Which size?" in mail.text

    def test_a_quote_alone_leaves_the_whole(self):
        assert read(text_mail("> only quoted")).reply


class TestPages:
    BAD = [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<iframe src=//e>",
        "<a href='javascript:alert(1)'>x</a>", "<a href='data:text/html,x'>x</a>", "<form action=//e><input></form>",
        "<style>@import '//e'</style>", "<div style='background:url(//e)'>x</div>", "<meta http-equiv=refresh content='0;//e'>",
        "<object data=//e>", "<embed src=//e>", "<base href=//e>", "<link rel=stylesheet href=//e>", "<math><mi xlink:href=//e>",
        "<body onload=alert(1)>", "<input autofocus onfocus=alert(1)>", "<video src=//e>", "<svg><script>alert(1)</script></svg>",
        "<a href=' &#1;javascript:alert(1)'>x</a>", "<table background=//e>", "<img srcset='//e 1x'>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ]  # fmt: skip

    @pytest.mark.parametrize("html", BAD)
    def test_run_nothing_and_fetch_nothing(self, html):
        shown = safe(html, images=False).lower()
        for word in (
            "script",
            "onerror",
            "onload",
            "onfocus",
            "src=",
            "//e",
            "style",
            "javascript",
            "data:",
            "<form",
        ):
            assert word not in shown.replace("//evil", ""), (html, shown)

    def test_show_pictures_only_when_asked(self):
        html = '<p>Hi</p><img src="https://cdn.example/x.png" alt="Logo">'
        assert "cdn.example" not in safe(html, images=False)
        assert "cdn.example" in safe(html, images=True)  # the control

    def test_nested_too_deeply_are_not_taken_apart(self):
        html = "<div>" * 50_000
        begin = time.perf_counter()
        assert too_deep(html)
        assert safe(html, images=False) == ""
        assert time.perf_counter() - begin < 5
