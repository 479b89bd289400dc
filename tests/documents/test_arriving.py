"""What customers send: into the conversation, to who asked, never more than was asked for."""

import io
import threading
from datetime import timedelta

import pytest
from django.db import connection

from comms.models import Attachment, Message
from desk import services as desk
from documents import services
from documents.models import AskLink, DocumentAsk, DocumentFile, IllegalMove
from documents.services import arriving
from journal.models import Entry
from kit import uploads
from notices.models import Notice
from people.models import Party
from tests.documents.conftest import PDF, last_mail, path_in

pytestmark = pytest.mark.django_db


class TestReceive:
    def test_the_files_stand_beside_a_message_of_the_customer(self, make, send, contact, order):
        ask = make(max_files=3)
        message = send(ask, "a.pdf", "b.pdf", note="Here they are.")
        assert (message.contact, message.channel, message.visibility) == (
            contact,
            "link",
            "customer",
        )
        assert "a.pdf, b.pdf" in message.body
        assert "Here they are." in message.body
        assert message.thread.subject_id == order.pk
        names = message.attachments.order_by("pk").values_list("name", "uploaded_name")
        assert list(names) == [("a.pdf", "Claire Ashworth"), ("b.pdf", "Claire Ashworth")]
        assert ask.status == "received"

    def test_writes_it_down_once(self, make, send, now):
        send(make())
        entry = Entry.objects.get(action="documents.ask.received")
        assert (entry.data["files"], entry.actor_id) == (1, None)
        assert Entry.objects.filter(action="comms.message.received").count() == 1

    def test_tells_who_asked(self, make, send, coordinator):
        ask = make()
        send(ask)
        notice = Notice.objects.get()
        assert (notice.user, notice.link) == (coordinator, f"/documents/{ask.pk}/")

    def test_tells_who_looks_after_the_object_when_the_asker_has_left(
        self, make, send, coordinator, rep
    ):
        ask = make()
        coordinator.is_active = False
        coordinator.save()
        send(ask)
        assert Notice.objects.get().user == rep

    def test_a_request_that_was_with_the_customer_is_the_desks_again(
        self, make, send, sales_request, coordinator, now
    ):
        desk.claim(sales_request, by=coordinator, at=now)
        ask = make(sales_request)
        desk.give_custody(sales_request, Party.CUSTOMER, by=coordinator, at=now)
        send(ask)
        sales_request.refresh_from_db()
        assert (sales_request.party, sales_request.party_user) == (Party.DESK, coordinator)

    def test_without_the_seam_custody_would_stay(
        self, make, send, sales_request, coordinator, now, settings
    ):
        """The negative control."""
        settings.THREAD_RECEIVES = {}
        desk.claim(sales_request, by=coordinator, at=now)
        ask = make(sales_request)
        desk.give_custody(sales_request, Party.CUSTOMER, by=coordinator, at=now)
        send(ask)
        sales_request.refresh_from_db()
        assert sales_request.party == Party.CUSTOMER

    def test_more_may_come_until_it_is_accepted(self, make, send, coordinator, now):
        ask = make(max_files=2)
        send(ask, "a.pdf")
        send(ask, "b.pdf")
        assert ask.files.count() == 2
        with pytest.raises(services.TooMany, match="as many files as we asked for"):
            send(ask, "c.pdf")

    def test_all_or_nothing(self, make, link_of, now):
        ask = make(max_files=3)
        files = [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(b"MZ"), "b.pdf")]
        with pytest.raises(uploads.NotAllowed):
            services.receive(link_of(ask), files=files, note="", at=now)
        assert not Attachment.objects.exists()
        assert DocumentAsk.objects.get().status == "open"
        assert Message.objects.count() == 1  # the ask itself

    @pytest.mark.parametrize(
        ("names", "words"), [(["a.pdf", "b.pdf"], "You chose 2"), ([], "Choose")]
    )
    def test_not_more_than_was_asked_for_and_not_nothing(self, make, link_of, now, names, words):
        files = [(io.BytesIO(PDF), name) for name in names]
        with pytest.raises(services.TooMany, match=words):
            services.receive(link_of(make()), files=files, note="", at=now)

    def test_a_file_that_was_taken_away_makes_room_again(self, make, send, coordinator, now):
        from comms import services as comms

        ask = make()
        send(ask)
        comms.remove_attachment(Attachment.objects.get(), by=coordinator, at=now)
        assert services.room(ask) == arriving.Room(0, 1)
        send(ask)
        assert ask.files.count() == 2

    def test_a_link_that_died_meanwhile_takes_nothing(self, make, send, link_of, coordinator, now):
        ask = make()
        link = link_of(ask)
        services.withdraw(ask, by=coordinator, at=now)
        with pytest.raises(services.LinkGone):
            send(ask, link=link)
        assert not Attachment.objects.exists()

    def test_what_was_asked_before_the_object_was_finished_may_still_come(
        self, make, send, order, now
    ):
        ask = make()
        order.status, order.cancelled_at = "cancelled", now
        order.save()
        send(ask)
        assert ask.status == "received"

    def test_arrives_in_the_conversation_even_when_the_object_is_gone(self, make, send, order):
        ask = make()
        order.delete()
        send(ask)
        assert ask.status == "received"


class TestCheck:
    def test_accepted_all_links_die(self, make, send, coordinator, anybody, now):
        ask = make()
        path = path_in(last_mail())
        send(ask)
        services.accept(ask, by=coordinator, at=now)
        assert (ask.status, ask.closed_at) == ("accepted", now)
        assert not AskLink.objects.filter(revoked_at=None).exists()
        assert anybody.get(path).status_code == 404
        assert Entry.objects.get(action="documents.ask.accepted").data["files"] == 1

    def test_what_came_another_way_is_accepted_without_a_file(self, make, coordinator, now):
        ask = make()
        services.accept(ask, by=coordinator, at=now, seen=0)
        assert ask.status == "accepted"

    def test_twice_is_refused(self, make, coordinator, now):
        ask = make()
        services.accept(ask, by=coordinator, at=now)
        with pytest.raises(IllegalMove, match="accepted already"):
            services.accept(ask, by=coordinator, at=now)

    def test_sent_back_the_customer_reads_why_and_has_a_new_link(
        self, make, send, coordinator, anybody, now
    ):
        ask = make()
        first = path_in(last_mail())
        send(ask)
        services.send_back(ask, reason="Page 2 is missing.", by=coordinator, at=now)
        mail = last_mail()
        assert "Page 2 is missing." in mail.body
        assert mail.private
        for path in (first, path_in(mail)):
            assert "Page 2 is missing." in anybody.get(path).content.decode()
        assert ask.status == "returned"
        send(ask)
        assert (ask.status, ask.files.count()) == ("received", 2)

    def test_nothing_is_sent_back_before_it_came_or_without_a_reason(
        self, make, send, coordinator, now
    ):
        ask = make()
        with pytest.raises(IllegalMove, match="Nothing has come"):
            services.send_back(ask, reason="No.", by=coordinator, at=now)
        send(ask)
        with pytest.raises(services.BadAsk):
            services.send_back(ask, reason="  ", by=coordinator, at=now)

    @pytest.mark.parametrize("step", ["accept", "send_back"])
    def test_nobody_decides_on_a_file_that_she_has_not_seen(
        self, make, send, coordinator, now, step
    ):
        ask = make(max_files=2)
        send(ask)
        seen = DocumentFile.objects.get().pk
        send(ask)
        more = {"reason": "No."} if step == "send_back" else {}
        with pytest.raises(services.ChangedMeanwhile):
            getattr(services, step)(ask, seen=seen, by=coordinator, at=now, **more)
        assert DocumentAsk.objects.get().status == "received"
        newest = DocumentFile.objects.order_by("-pk").first().pk
        ask.refresh_from_db()
        getattr(services, step)(ask, seen=newest, by=coordinator, at=now, **more)


def at_once(*acts):
    """Run them in threads that begin together; what each gave or raised."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            found[place] = act()
        except Exception as fault:
            found[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def uploads_of(self, make, link_of, now):
        ask = make(max_files=1)
        links = [link_of(ask) for _ in range(4)]

        def act(link):
            return lambda: services.receive(
                link, files=[(io.BytesIO(PDF), "a.pdf")], note="", at=now
            )

        return ask, at_once(*[act(link) for link in links])

    def test_uploads_at_once_never_bring_more_than_was_asked_for(self, make, link_of, now):
        ask, found = self.uploads_of(make, link_of, now)
        assert sum(isinstance(one, Message) for one in found) == 1, found
        assert sum(isinstance(one, services.TooMany) for one in found) == 3, found
        assert ask.files.count() == 1

    def test_without_the_lock_they_would(self, make, link_of, now, monkeypatch):
        """The negative control: everybody counts before anybody writes."""
        together = threading.Barrier(4)
        count = arriving.room

        def counted(ask):
            space = count(ask)
            together.wait()
            return space

        monkeypatch.setattr(arriving.steps, "lock", lambda ask: None)
        monkeypatch.setattr(arriving, "room", counted)
        ask, _ = self.uploads_of(make, link_of, now)
        assert ask.files.count() > 1

    def test_an_upload_and_a_withdrawal_leave_no_file_on_a_dead_ask_unseen(
        self, make, link_of, coordinator, now
    ):
        ask = make()
        link, same = link_of(ask), DocumentAsk.objects.get(pk=ask.pk)
        at_once(
            lambda: services.receive(link, files=[(io.BytesIO(PDF), "a.pdf")], note="", at=now),
            lambda: services.withdraw(same, by=coordinator, at=now + timedelta(seconds=1)),
        )
        ask.refresh_from_db()
        assert ask.status == "withdrawn"
        received = Entry.objects.filter(action="documents.ask.received").count()
        assert ask.files.count() == received
