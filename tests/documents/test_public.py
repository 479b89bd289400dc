"""The customer's page: no account, one key, nothing that helps a stranger."""

import pytest
from django.core.cache import caches
from django.test import Client

from comms.models import Attachment, Delivery, Message
from documents import services
from documents.models import AskLink, DocumentAsk
from journal.models import Entry, IdempotencyKey
from kit import limits
from notices.models import Notice
from tests.documents.conftest import PDF, last_mail, path_in, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(make):
    """(the ask, the address in its mail)"""
    ask = make(max_files=3)
    return ask, path_in(last_mail())


def text_of(reply):
    return reply.content.decode()


class TestReading:
    def test_says_what_by_whom_until_when(self, asked, anybody):
        page = text_of(anybody.get(asked[1]))
        for words in (
            "Signed VAT form", "Marta Lindqvist asks Claire Ashworth", "We need it for the invoice.",
            "Friday 4 December 2026, 17:00 (Europe/London)", "Your order SO-20397", "up to 3 files",
        ):  # fmt: skip
            assert words in page

    def test_no_search_engine_no_cache_no_referrer(self, asked, anybody):
        reply = anybody.get(asked[1])
        assert reply["Referrer-Policy"] == "no-referrer"
        assert reply["X-Robots-Tag"] == "noindex"
        assert "no-store" in reply["Cache-Control"]

    def test_the_first_opening_is_written_down_once_and_never_by_head(self, asked, anybody):
        anybody.head(asked[1])
        assert not Entry.objects.filter(action="documents.ask.opened").exists()
        for _ in range(3):
            anybody.get(asked[1])
        assert Entry.objects.filter(action="documents.ask.opened").count() == 1
        assert DocumentAsk.objects.get().opened_at is not None

    def test_dead_and_unknown_links_look_the_same(self, asked, anybody, coordinator, now):
        ask, path = asked
        unknown = anybody.get("/documents/send/" + "x" * 32 + "/")
        services.withdraw(ask, by=coordinator, at=now)
        dead = anybody.get(path)
        posted = anybody.post(path, {"files": [upload()]})
        assert [r.status_code for r in (unknown, dead, posted)] == [404] * 3
        assert unknown.content == dead.content == posted.content
        assert "This link does not work" in text_of(dead)
        assert dead["Referrer-Policy"] == "no-referrer"

    def test_a_living_link_looks_otherwise(self, asked, anybody):
        """The negative control."""
        assert anybody.get(asked[1]).status_code == 200

    def test_an_old_link_is_dead(self, asked, anybody, now):
        AskLink.objects.update(made_at=now.replace(month=1), expires_at=now)
        assert anybody.get(asked[1]).status_code == 404

    @pytest.mark.parametrize("key", ["\0", "é", "%00", "a" * 5_000, "' OR 1=1 --"])
    def test_odd_keys_are_only_unknown(self, anybody, key):
        assert anybody.get(f"/documents/send/{key}/").status_code == 404
        assert anybody.get(f"/documents/send/{key}/form/").status_code == 404

    def test_who_knocks_too_often_is_asked_to_wait(self, asked, anybody):
        caches["counters"].set(f"door:127.0.0.1:{int(limits.time()) // 60}", 500)
        assert anybody.get(asked[1]).status_code == 429

    def test_the_form_to_fill_in_is_saved_not_shown(self, make, anybody):
        import io

        make(template=(io.BytesIO(PDF), "vat.pdf"))
        path = path_in(last_mail())
        assert "vat.pdf" in text_of(anybody.get(path))
        reply = anybody.get(f"{path}form/")
        assert b"".join(reply.streaming_content) == PDF
        assert "attachment" in reply["Content-Disposition"]
        assert reply["Referrer-Policy"] == "no-referrer"

    def test_an_ask_without_a_form_has_none(self, asked, anybody):
        assert anybody.get(f"{asked[1]}form/").status_code == 404

    def test_internal_words_and_other_files_are_not_shown(self, asked, anybody, coordinator, now):
        from comms import services as comms

        thread = asked[0].thread
        comms.post(thread, body="He never pays.", visibility="internal", by=coordinator, at=now)
        assert "never pays" not in text_of(anybody.get(asked[1]))


class TestSending:
    def test_sends_several_files_and_a_note_and_is_thanked(self, asked, anybody):
        ask, path = asked
        reply = anybody.post(path, {"files": [upload("a.pdf"), upload("b.pdf")], "note": "Both."})
        assert (reply.status_code, reply["Location"]) == (302, f"{path}?thanks=1")
        page = text_of(anybody.get(reply["Location"]))
        assert "Thank you, we have it." in page
        assert "a.pdf" in page
        assert "b.pdf" in page
        assert "up to 1 files" not in page
        assert Message.objects.filter(contact=ask.contact).count() == 1

    def test_sending_twice_keeps_it_once(self, asked, anybody):
        body = {"idempotency_key": "one", "note": ""}
        first = anybody.post(asked[1], {**body, "files": [upload()]})
        again = anybody.post(asked[1], {**body, "files": [upload()]})
        assert first["Location"] == again["Location"]
        assert Attachment.objects.count() == 1

    def test_the_key_of_the_link_is_kept_nowhere(self, asked, anybody):
        """Not in the journal, not beside the idempotency key, not in the conversation."""
        anybody.get(asked[1])
        anybody.post(asked[1], {"idempotency_key": "one", "files": [upload()]})
        key = asked[1].strip("/").rpartition("/")[2]
        assert IdempotencyKey.objects.count() == 1
        for model in (IdempotencyKey, Entry, Message, Notice, AskLink, DocumentAsk):
            assert key not in str(list(model.objects.values())), model
        mails = Delivery.objects.filter(body__contains=key)
        assert [mail.private for mail in mails] == [True]

    def test_without_the_key_it_would_be_kept_twice(self, asked, anybody):
        """The negative control."""
        for _ in range(2):
            anybody.post(asked[1], {"files": [upload()]})
        assert Attachment.objects.count() == 2

    def test_a_browser_that_names_no_origin_may_send(self, asked):
        """Browsers send `Origin: null` from a page without a referrer; the key is the proof."""
        strict = Client(enforce_csrf_checks=True)
        reply = strict.post(asked[1], {"files": [upload()]}, headers={"origin": "null"})
        assert reply.status_code == 302

    def test_a_forged_post_without_the_key_finds_nothing(self, asked):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post("/documents/send/x/", {"files": [upload()]}).status_code == 404
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize(
        ("files", "status", "words"),
        [
            ([], 422, "Choose a file first."),
            ([upload("a.pdf", b"")], 422, "“a.pdf” is empty."),
            ([upload("a.pdf", b"MZ nothing of the kind")], 422, "is called a PDF but is none"),
            ([upload("a.exe")], 422, "cannot be attached"),
            ([upload("a.svg", b"<svg/>")], 422, "SVG files can carry scripts"),
            (
                [upload(f"{n}.pdf") for n in range(4)],
                422,
                "You chose 4, and this takes 3 more files",
            ),
        ],
    )
    def test_what_cannot_be_taken_is_said_beside_the_field_and_the_note_stays(
        self, asked, anybody, files, status, words
    ):
        reply = anybody.post(asked[1], {"files": files, "note": "My words"})
        page = text_of(reply)
        assert reply.status_code == status
        assert words in page
        assert "My words" in page
        assert not Attachment.objects.exists()

    def test_too_large_is_413_with_the_limit(self, asked, anybody, settings):
        settings.UPLOAD_MAX_BYTES = 1000
        reply = anybody.post(asked[1], {"files": [upload(content=PDF + b"x" * 2000)]})
        assert reply.status_code == 413
        assert "1000 bytes" in text_of(reply)
        assert not Attachment.objects.exists()

    def test_files_of_a_few_megabytes_together_are_taken(self, asked, anybody, settings):
        """The negative control: the door takes ten files, not one."""
        settings.UPLOAD_MAX_BYTES = 1_000_000
        files = [upload(f"{n}.pdf", PDF + b"x" * 900_000) for n in range(3)]
        assert anybody.post(asked[1], {"files": files}).status_code == 302

    @pytest.mark.parametrize("note", ["x" * 2_001, "a\0b", "x" * 100_000])
    def test_bad_notes_are_refused(self, asked, anybody, note):
        reply = anybody.post(asked[1], {"files": [upload()], "note": note})
        assert reply.status_code == 422
        assert not Attachment.objects.exists()

    def test_names_that_climb_are_cleaned(self, asked, anybody):
        anybody.post(asked[1], {"files": [upload("..\\..\\etc\\form.pdf")]})
        assert Attachment.objects.get().name == "form.pdf"

    def test_when_no_more_is_wanted_there_is_no_form(self, make, send, anybody):
        ask = make()
        path = path_in(last_mail())
        send(ask)
        page = text_of(anybody.get(path))
        assert "As many files as we asked for" in page or "as many files as we asked for" in page
        assert "<form" not in page
        reply = anybody.post(path, {"files": [upload()]})
        assert reply.status_code == 422

    def test_markup_in_words_is_shown_and_not_run(self, make, anybody):
        make(words="<script>alert(1)</script>", title="<b>Form</b>")
        page = text_of(anybody.get(path_in(last_mail())))
        assert "<script>alert" not in page
        assert "&lt;b&gt;Form" in page
