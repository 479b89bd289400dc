"""Writing: files and papers go along, slips are asked about, drafts stay, a preview leaves no trace."""

import re

import pytest

from comms import services
from comms.mail import message_of
from comms.models import (
    Attachment,
    Delivery,
    DeliveryFile,
    Message,
    Unsent,
    UnsentFile,
)
from journal.models import Entry
from kit.uploads import store

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


class TestFiles:
    def test_go_along_with_the_message_and_by_mail_to_the_customer(self, order, desk, here, note):
        words = {"to": "customer", "body": "See the note", "files": [note(), note("more.txt")]}
        assert desk.post(here(order), words).status_code == 302
        message = Message.objects.get()
        assert [row.name for row in message.attachments.order_by("pk")] == ["note.txt", "more.txt"]
        assert set(Attachment.objects.values_list("visibility", flat=True)) == {"customer"}
        mail = message_of(Delivery.objects.get())
        assert [part[0] for part in mail.attachments] == ["note.txt", "more.txt"]
        assert not Unsent.objects.exists()

    def test_stay_inside_with_an_internal_note(self, order, desk, here, note, rep, client_of):
        desk.post(here(order), {"to": "internal", "body": "Margin", "files": [note()]})
        row = Attachment.objects.get()
        assert (row.visibility, DeliveryFile.objects.count()) == ("internal", 0)
        reply = client_of(rep).get(f"/attachments/{row.pk}/{row.name}")
        assert reply.status_code == 404

    def test_that_cannot_be_taken_send_nothing_and_keep_the_words(self, order, desk, here, note):
        bad = {"to": "customer", "body": "See this", "files": [note("run.exe")]}
        reply = desk.post(here(order), bad)
        assert reply.status_code == 422
        assert "See this</textarea>" in reply.content.decode()
        assert "cannot be attached" in reply.content.decode()
        assert (Message.objects.count(), Delivery.objects.count()) == (0, 0)

    def test_are_not_lost_when_the_form_is_refused(self, order, desk, here, note):
        reply = desk.post(here(order), {"to": "customer", "body": "  ", "files": [note()]})
        assert reply.status_code == 422
        assert "note.txt" in reply.content.decode()
        desk.post(here(order), {"to": "customer", "body": "Now with words"})
        assert Message.objects.get().attachments.get().name == "note.txt"

    def test_are_kept_as_they_are_chosen_and_taken_out_again(self, order, desk, here, note):
        reply = desk.post(
            f"{here(order)}draft/", {"body": "Half", "to": "internal", "files": [note()]}
        )
        file = UnsentFile.objects.get()
        assert "note.txt" in reply.content.decode()
        assert store.path_of(file.stored_as).exists()
        desk.post(here(order), {"body": "Half", "to": "internal", "act": f"drop:{file.pk}"})
        assert not UnsentFile.objects.exists()
        assert Unsent.objects.get().body == "Half"
        assert not Message.objects.exists()

    def test_of_somebody_elses_draft_are_out_of_reach(
        self, order, desk, here, note, manager, client_of
    ):
        desk.post(f"{here(order)}draft/", {"body": "Mine", "to": "internal", "files": [note()]})
        file = UnsentFile.objects.get()
        client_of(manager).post(
            here(order), {"body": "x", "to": "internal", "act": f"drop:{file.pk}"}
        )
        assert UnsentFile.objects.filter(pk=file.pk).exists()

    def test_chosen_without_a_script_are_attached_by_a_button(self, order, desk, here, note):
        reply = desk.post(
            here(order), {"to": "internal", "body": "", "act": "attach", "files": [note()]}
        )
        assert (reply.status_code, UnsentFile.objects.count()) == (200, 1)

    def test_are_not_forgotten_while_a_draft_holds_them(self, order, desk, here, note, now):
        from datetime import timedelta

        desk.post(f"{here(order)}draft/", {"body": "Half", "to": "internal", "files": [note()]})
        later = now + timedelta(days=30)
        assert services.forget_files(at=later) == 0
        UnsentFile.objects.all().delete()
        assert services.forget_files(at=later) == 1

    def test_twice_with_one_key_go_once(self, order, desk, here, note):
        for _ in range(2):
            words = {"to": "customer", "body": "Once", "files": [note()], "idempotency_key": "k"}
            desk.post(here(order), words)
        assert (Message.objects.count(), Attachment.objects.count()) == (1, 1)
        assert not Unsent.objects.exists()

    def test_on_their_way_cannot_be_removed(self, order, desk, here, note, coordinator, now):
        desk.post(here(order), {"to": "customer", "body": "See", "files": [note()]})
        with pytest.raises(services.NotRemovable):
            services.remove_attachment(Attachment.objects.get(), by=coordinator, at=now)
        Delivery.objects.update(status="sent", sent_at=now)
        services.remove_attachment(Attachment.objects.get(), by=coordinator, at=now)

    def test_that_are_pictures_stand_in_the_text_and_in_the_mail(self, order, desk, here, picture):
        body = "Here it is:\n\n![the plan](cid:plan)"
        desk.post(here(order), {"to": "customer", "body": body, "files": [picture("Plan.png")]})
        row = Attachment.objects.get()
        assert row.content_id == "plan"
        text = desk.get(here(order)).content.decode()
        assert f'<img src="/attachments/{row.pk}/Plan.png?inline=1" alt="the plan">' in text
        raw = message_of(Delivery.objects.get()).message().as_string()
        assert "Content-ID: <plan>" in raw
        assert 'src=3D"cid:plan"' in raw or 'src="cid:plan"' in raw

    def test_a_picture_that_nobody_chose_is_refused(self, order, desk, here):
        reply = desk.post(here(order), {"to": "customer", "body": "![](cid:plan)"})
        assert reply.status_code == 422
        assert "not attached" in reply.content.decode()
        assert not Delivery.objects.exists()


class TestSlips:
    def test_words_begun_for_colleagues_leave_only_after_a_second_yes(self, order, desk, here):
        words = {"to": "customer", "body": "He is difficult", "typed_for": "internal"}
        reply = desk.post(here(order), words)
        assert reply.status_code == 422
        assert "You began this for colleagues." in reply.content.decode()
        assert not Message.objects.exists()
        desk.post(here(order), words | {"confirm": "1"})
        assert Delivery.objects.get().body == "He is difficult"

    def test_words_begun_for_the_customer_are_not_asked_about(self, order, desk, here):
        desk.post(here(order), {"to": "customer", "body": "Dear Claire", "typed_for": "customer"})
        assert Delivery.objects.exists()

    def test_words_of_an_internal_message_are_asked_about(
        self, order, desk, here, coordinator, now
    ):
        inside = "Their margin is so thin that we should not give more discount"
        services.say(order, body=inside, visibility="internal", by=coordinator, at=now)
        words = {"to": "customer", "body": f"> {inside}\n\nRight?", "typed_for": "customer"}
        reply = desk.post(here(order), words)
        assert reply.status_code == 422
        assert "words of an internal message" in reply.content.decode()
        # That the page asked about the beginning does not answer this question.
        assert desk.post(here(order), words | {"confirm": "typed"}).status_code == 422
        assert desk.post(here(order), words | {"confirm": "1"}).status_code == 302

    def test_gaps_of_a_template_are_asked_about(self, order, desk, here):
        words = {"to": "customer", "body": "Your quote {{quote}}", "typed_for": "customer"}
        reply = desk.post(here(order), words)
        assert reply.status_code == 422
        assert "{{quote}}" in reply.content.decode()

    def test_among_colleagues_nothing_is_asked(self, order, desk, here):
        assert (
            desk.post(
                here(order), {"to": "internal", "body": "x", "typed_for": "customer"}
            ).status_code
            == 302
        )


class TestPreview:
    def test_shows_the_mail_as_it_will_leave_and_sends_nothing(self, order, desk, here, note):
        before = Entry.objects.count()
        words = {"to": "customer", "body": "**Dear** Claire", "act": "preview", "files": [note()],
                 "subject_line": "Good news"}  # fmt: skip
        text = desk.post(here(order), words).content.decode()
        assert "As it will leave" in text
        for part in ("Claire Ashworth", "Good news", "note.txt", "**Dear** Claire"):
            assert part in text
        counts = (Message.objects.count(), Delivery.objects.count(), Attachment.objects.count())
        assert counts == (0, 0, 0)
        assert Entry.objects.count() == before
        assert Unsent.objects.get().body == "**Dear** Claire"

    def test_is_framed_so_that_it_runs_and_loads_nothing(self, order, desk, here, picture):
        body = "**Hi** <script>alert(1)</script> ![](cid:plan)"
        desk.post(
            here(order), {"to": "customer", "body": body, "act": "preview", "files": [picture()]}
        )
        reply = desk.get(f"{here(order)}preview/")
        policy = reply["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script-src" not in policy
        assert "unsafe-inline" not in policy
        assert reply["X-Frame-Options"] == "SAMEORIGIN"
        html = reply.content.decode()
        assert "<strong>Hi</strong>" in html
        assert "<script>" not in html
        assert 'src="data:image/png;base64,' in html

    def test_is_of_ones_own_draft_only(self, order, desk, here, manager, client_of):
        desk.post(here(order), {"to": "customer", "body": "Mine", "act": "preview"})
        assert client_of(manager).get(f"{here(order)}preview/").status_code == 404

    def test_says_what_would_be_refused(self, order, contact, desk, here):
        contact.no_mail = True
        contact.save()
        reply = desk.post(here(order), {"to": "customer", "body": "Hello", "act": "preview"})
        assert reply.status_code == 422
        assert "nobody would get this" in reply.content.decode()

    def test_among_colleagues_shows_how_they_read_it(self, order, desk, here):
        text = desk.post(
            here(order), {"to": "internal", "body": "**Note**", "act": "preview"}
        ).content.decode()
        assert "<strong>Note</strong>" in text


class TestDrafts:
    def test_wait_on_every_device(self, order, desk, here, coordinator, client_of):
        words = {
            "to": "customer",
            "body": "Dear Cl",
            "typed_for": "customer",
            "subject_line": "News",
        }
        assert desk.post(f"{here(order)}draft/", words).status_code == 204
        text = client_of(coordinator).get(here(order)).content.decode()
        assert "Dear Cl</textarea>" in text
        assert re.search(r'value="customer"[^>]* checked', text)
        assert 'value="News"' in text

    def test_are_nobody_elses(self, order, desk, here, manager, client_of):
        desk.post(f"{here(order)}draft/", {"to": "internal", "body": "Secret thought"})
        assert "Secret thought" not in client_of(manager).get(here(order)).content.decode()

    def test_are_gone_with_the_message(self, order, desk, here):
        desk.post(f"{here(order)}draft/", {"to": "internal", "body": "Half"})
        desk.post(here(order), {"to": "internal", "body": "Whole"})
        assert not Unsent.objects.exists()
        assert "Half" not in desk.get(here(order)).content.decode()

    def test_that_come_after_the_message_are_too_late(self, order, desk, here):
        words = {"to": "internal", "body": "Whole", "idempotency_key": "k"}
        desk.post(here(order), words)
        desk.post(f"{here(order)}draft/", words | {"body": "Whol"})
        assert not Unsent.objects.exists()
        desk.post(f"{here(order)}draft/", words | {"idempotency_key": "another"})
        assert Unsent.objects.exists()

    def test_can_be_thrown_away(self, order, desk, here):
        desk.post(f"{here(order)}draft/", {"to": "internal", "body": "Half"})
        desk.post(f"{here(order)}draft/drop/")
        assert not Unsent.objects.exists()

    def test_survive_bad_input(self, order, desk, here):
        for body in ("\0", "x" * 120_000, "\ud83d\ude00"[:1].encode("utf-8", "replace").decode()):
            words = {"to": "x" * 50, "body": body, "contacts": ["9" * 30, "x"], "quotes": "9" * 30,
                     "papers": ["x" * 500], "typed_for": "\0", "later_at": "0001-01-01T00:00"}  # fmt: skip
            assert desk.post(f"{here(order)}draft/", words).status_code == 204
            assert desk.post(here(order), words).status_code == 422

    def test_words_taken_back_are_a_draft_again_with_their_files(self, order, desk, here, note):
        words = {"to": "customer", "body": "Too early", "subject_line": "News", "files": [note()]}
        desk.post(here(order), words)
        message = Message.objects.get()
        text = desk.post(f"/threads/messages/{message.pk}/take-back/", follow=True).content.decode()
        assert "Too early</textarea>" in text
        draft = Unsent.objects.get()
        assert (draft.to, draft.subject_line) == ("customer", "News")
        assert draft.files.get().name == "note.txt"
        desk.post(here(order), {"to": "customer", "body": "Right time"})
        assert Delivery.objects.get(status="pending").files.get().name == "note.txt"

    def test_old_ones_are_given_up(self, order, desk, here, now):
        from datetime import timedelta

        desk.post(f"{here(order)}draft/", {"to": "internal", "body": "Half"})
        saved = Unsent.objects.get().saved_at
        assert services.forget_drafts(at=saved + timedelta(days=59)) == 0
        assert services.forget_drafts(at=saved + timedelta(days=61)) == 1
