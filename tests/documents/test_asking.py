"""Asking for documents: what is written, owed by mail, refused."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from comms.models import Attachment, Delivery, Message
from desk import services as desk
from documents import services
from documents.models import CLOSED, MOVES, AskLink, DocumentAsk, IllegalMove, Status
from journal.models import Entry
from kit import uploads
from tests import factories
from tests.documents.conftest import PDF, last_mail, path_in

pytestmark = pytest.mark.django_db


class TestAsk:
    def test_mails_the_contact_a_private_link_in_the_conversation_of_the_object(
        self, make, order, contact, coordinator
    ):
        ask = make()
        mail = last_mail()
        assert (mail.recipient, mail.contact, mail.author) == (contact.email, contact, coordinator)
        assert (mail.private, mail.about_type, mail.about_id) == (True, "orders.order", order.pk)
        assert mail.thread == ask.thread
        assert "Friday 4 December 2026, 17:00 (Europe/London)" in mail.body
        assert path_in(mail).startswith("/documents/send/")

    def test_keeps_the_key_as_a_digest_only(self, make, now):
        ask = make()
        key = path_in(last_mail()).strip("/").rpartition("/")[2]
        link = AskLink.objects.get()
        assert len(key) >= 32  # 192 bits in base64
        assert key not in (link.digest, ask.words)
        assert services.open_link(key, at=now) == link

    def test_stands_in_the_conversation_without_its_link(self, make):
        make()
        said = Message.objects.get()
        assert "Signed VAT form" in said.body
        assert "/documents/send/" not in said.body
        assert (said.visibility, said.by_person) == ("customer", False)

    def test_writes_one_entry_with_contact_and_deadline(self, make, contact, account):
        ask = make()
        entry = Entry.objects.get(action="documents.ask.made")
        assert (entry.subject_id, entry.account_id) == (ask.pk, account.pk)
        assert entry.data["contact"] == contact.pk
        assert entry.data["deadline"] == "2026-12-04T17:00:00+00:00"

    def test_means_the_wall_time_of_the_zone(self, make):
        ask = make(zone="America/New_York", due_time=time(17, 0))
        assert ask.due_at == datetime(2026, 12, 4, 22, 0, tzinfo=UTC)
        assert ask.due_words == "Friday 4 December 2026, 17:00 (America/New_York)"

    def test_keeps_the_form_to_fill_in_beside_its_message(self, make):
        ask = make(template=(io.BytesIO(PDF), "vat.pdf"))
        assert (ask.template.name, ask.template.message) == ("vat.pdf", Message.objects.get())

    def test_nothing_is_kept_of_an_ask_with_a_bad_form(self, make):
        with pytest.raises(uploads.NotAllowed):
            make(template=(io.BytesIO(b"MZ"), "vat.exe"))
        assert not DocumentAsk.objects.exists()
        assert not Delivery.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"title": "  "}, "title"), ({"words": " \n"}, "words"), ({"max_files": 0}, "max_files"),
            ({"max_files": 11}, "max_files"), ({"due_on": date(2026, 11, 23)}, "due_on"),
            ({"due_on": date(1, 1, 1)}, "due_on"), ({"due_on": date(9999, 12, 31)}, "due_on"),
            ({"zone": "Mars/Olympus"}, "zone"),
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be_asked_and_names_the_field(self, make, fields, field):
        with pytest.raises(services.BadAsk) as refusal:
            make(**fields)
        assert refusal.value.field == field
        assert not DocumentAsk.objects.exists()

    def test_refuses_a_contact_who_is_not_at_the_table(self, make):
        with pytest.raises(services.Unreachable):
            make(contact=factories.ContactFactory())

    @pytest.mark.parametrize("fields", [{"no_mail": True}, {"email": ""}, {"is_active": False}])
    def test_refuses_a_contact_whom_no_mail_reaches(self, make, contact, fields):
        for name, value in fields.items():
            setattr(contact, name, value)
        contact.save()
        with pytest.raises(services.Unreachable):
            make()

    def test_refuses_an_object_that_is_finished(self, make, order):
        order.status = "closed"
        with pytest.raises(services.Finished, match="SO-20397 is closed"):
            make(order)

    def test_refuses_a_request_that_is_done_and_takes_it_once_reopened(
        self, make, sales_request, coordinator, rep, now
    ):
        desk.claim(sales_request, by=coordinator, at=now)
        sales_request.status = "done"
        with pytest.raises(services.Finished, match="Reopen it first"):
            make(sales_request)
        sales_request.refresh_from_db()
        assert make(sales_request).subject_type == "desk.salesrequest"

    def test_an_account_and_a_request_can_be_asked_about_too(self, make, account, sales_request):
        assert make(account).subject_name == "Northgate Water"
        assert make(sales_request).account == account


class TestStates:
    def test_every_status_is_a_key(self):
        assert set(MOVES) == set(Status)

    def test_what_is_closed_goes_nowhere(self):
        assert all(not MOVES[status] for status in CLOSED)

    @pytest.mark.parametrize("here", list(Status))
    @pytest.mark.parametrize("to", list(Status))
    def test_only_moves_of_the_table_are_made(self, here, to):
        ask = DocumentAsk(title="Form", status=here)
        if to in MOVES[here]:
            ask.move(to)
            assert ask.status == to
        else:
            with pytest.raises(IllegalMove, match="Form"):
                ask.move(to)

    @pytest.mark.parametrize(
        "values",
        [
            {"status": "lost"}, {"status": "accepted"}, {"status": "received"}, {"title": ""},
            {"words": ""}, {"max_files": 11}, {"max_files": 0}, {"subject_id": 0},
            {"due_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"status": "returned", "received_at": datetime(2026, 11, 25, tzinfo=UTC)},
        ],
    )  # fmt: skip
    def test_the_database_refuses_nonsense(self, make, values):
        ask = make()
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentAsk.objects.filter(pk=ask.pk).update(**values)

    def test_the_database_takes_what_makes_sense(self, make, now):
        """The negative control."""
        ask = make()
        DocumentAsk.objects.filter(pk=ask.pk).update(status="received", received_at=now)


class TestRemind:
    def test_mails_a_fresh_link_and_leaves_the_old_one_alive(self, make, coordinator, now):
        ask = make()
        first = path_in(last_mail())
        services.remind(ask, by=coordinator, at=now)
        second = path_in(last_mail())
        assert first != second
        assert AskLink.objects.filter(ask=ask, revoked_at=None).count() == 2
        assert Entry.objects.filter(action="documents.ask.reminded").count() == 1

    def test_not_twice_within_an_hour(self, make, coordinator, now):
        ask = make()
        services.remind(ask, by=coordinator, at=now)
        with pytest.raises(services.TooSoon):
            services.remind(ask, by=coordinator, at=now + timedelta(minutes=59))
        services.remind(ask, by=coordinator, at=now + timedelta(minutes=60))
        assert Delivery.objects.count() == 3

    def test_not_while_the_desk_has_it(self, make, send, coordinator, now):
        ask = make()
        send(ask)
        with pytest.raises(IllegalMove, match="waits to be checked"):
            services.remind(ask, by=coordinator, at=now)

    def test_not_when_no_mail_would_arrive(self, make, contact, coordinator, now):
        ask = make()
        contact.no_mail = True
        contact.save()
        with pytest.raises(services.Unreachable):
            services.remind(ask, by=coordinator, at=now)
        assert AskLink.objects.count() == 1

    def test_a_rule_takes_the_text_with_a_working_link(self, make, anybody, now):
        ask = make()
        body = services.link_mail_body(ask, at=now)
        assert "we still need **Signed VAT form**" in body
        assert "Only {two} days." in services.link_mail_body(ask, at=now, lead="Only {two} days.")
        path = path_in(type("Mail", (), {"body": body}))
        assert anybody.get(path).status_code == 200

    def test_a_rule_gets_no_link_of_what_is_closed(self, make, coordinator, now):
        ask = make()
        services.withdraw(ask, by=coordinator, at=now)
        with pytest.raises(IllegalMove):
            services.link_mail_body(ask, at=now)


class TestDeadline:
    def test_moves_tells_the_customer_and_prolongs_the_links(self, make, coordinator, now):
        ask = make()
        services.move_deadline(
            ask, due_on=date(2027, 2, 1), due_time=time(12), zone="Europe/London", by=coordinator,
            at=now,
        )  # fmt: skip
        assert "Monday 1 February 2027, 12:00" in last_mail().body
        first = AskLink.objects.order_by("pk").first()
        assert first.expires_at == datetime(2027, 3, 3, 12, tzinfo=UTC)
        entry = Entry.objects.get(action="documents.ask.moved")
        assert entry.data["was"] == "2026-12-04T17:00:00+00:00"
        assert entry.data["deadline"] == "2027-02-01T12:00:00+00:00"

    def test_the_same_deadline_changes_nothing(self, make, coordinator, now):
        ask = make()
        services.move_deadline(
            ask, due_on=ask.due_on, due_time=ask.due_time, zone=ask.zone, by=coordinator, at=now
        )
        assert not Entry.objects.filter(action="documents.ask.moved").exists()
        assert Delivery.objects.count() == 1

    def test_not_into_the_past_and_not_when_closed(self, make, coordinator, now):
        ask, past = make(), {"due_on": date(2026, 11, 1), "due_time": time(9), "zone": "UTC"}
        with pytest.raises(services.BadAsk):
            services.move_deadline(ask, **past, by=coordinator, at=now)
        services.withdraw(ask, by=coordinator, at=now)
        with pytest.raises(IllegalMove):
            services.move_deadline(ask, **past, by=coordinator, at=now)

    def test_an_overdue_ask_stays_open_and_its_link_works(self, make, link_of, anybody, now):
        ask = make()
        assert list(DocumentAsk.objects.overdue(now)) == []
        late = now + timedelta(days=20)
        assert list(DocumentAsk.objects.overdue(late)) == [ask]
        assert ask.status == "open"
        assert AskLink.objects.get().expires_at > late


class TestWithdraw:
    def test_all_links_die_and_the_customer_is_told(self, make, coordinator, anybody, now):
        ask = make()
        path = path_in(last_mail())
        services.withdraw(ask, reason="Found it.", by=coordinator, at=now)
        assert anybody.get(path).status_code == 404
        assert "do not need **Signed VAT form**" in last_mail().body
        assert "Found it" not in last_mail().body
        assert (ask.status, ask.closed_by) == ("withdrawn", coordinator)

    def test_twice_is_refused(self, make, coordinator, now):
        ask = make()
        services.withdraw(ask, by=coordinator, at=now)
        with pytest.raises(IllegalMove, match="was withdrawn"):
            services.withdraw(ask, by=coordinator, at=now)

    def test_works_when_no_mail_reaches_the_contact_any_more(self, make, contact, coordinator, now):
        ask = make()
        contact.no_mail = True
        contact.save()
        services.withdraw(ask, by=coordinator, at=now)
        assert Delivery.objects.count() == 1
        assert not Attachment.objects.exists()
