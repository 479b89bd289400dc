"""Conversations on the page of any object: who reads, who is asked, what can be taken back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from comms import services
from comms.conversation import FIRST, conversation
from comms.models import Delivery, Mention, Message, Thread, Turn
from desk import services as desk
from desk.models import RequestType, SlaPolicy
from journal.models import Entry
from orders import services as orders
from people.models import Role
from tests import factories

SECOND = timedelta(seconds=1)
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(
        account=account, name="Claire Ashworth", email="claire@northgate.example"
    )


@pytest.fixture
def order(contact, coordinator, now):
    product = factories.priced_product(stock=50)
    row, _ = orders.place(
        contact.account, lines=[{"product_id": product.pk, "quantity": 2}], by=coordinator, at=now,
        contact=contact, check=False, confirm=False,
    )  # fmt: skip
    return row


@pytest.fixture
def asked(team, rep, contact, now):
    kind = RequestType.objects.create(
        slug="question",
        name="Question",
        team=team,
        policy=SlaPolicy.objects.create(name="S"),
        form=[],
    )
    return desk.submit(
        kind, subject="Which seal?", account=contact.account, contact=contact, requester=rep, data={},
        priority=1, wanted_on=None, by=rep, at=now,
    )  # fmt: skip


def url(row):
    return f"/threads/for/{row._meta.label_lower}/{row.pk}/"


class TestSaying:
    def test_on_an_order_stays_inside_unless_somebody_chooses_the_customer(
        self, order, coordinator, client_of
    ):
        page = client_of(coordinator)
        page.post(url(order), {"to": "internal", "body": "Margin is thin"})
        assert not Delivery.objects.exists()
        page.post(url(order), {"to": "customer", "body": "It ships on Friday"})
        mail = Delivery.objects.get()
        assert (mail.recipient, mail.body) == ("claire@northgate.example", "It ships on Friday")
        assert mail.contact == order.contact

    def test_goes_to_those_of_the_customer_who_are_ticked(
        self, order, contact, coordinator, client_of
    ):
        other = factories.ContactFactory(account=contact.account, email="b@northgate.example")
        form = {"to": "customer", "body": "Dear both", "contacts": [contact.pk, other.pk]}
        client_of(coordinator).post(url(order), form)
        assert set(Delivery.objects.values_list("recipient", flat=True)) == {
            contact.email,
            other.email,
        }

    def test_to_a_stranger_is_refused_and_keeps_the_words(self, order, coordinator, client_of):
        stranger = factories.ContactFactory(email="x@elsewhere.example")
        form = {"to": "customer", "body": "Not for you", "contacts": [stranger.pk]}
        reply = client_of(coordinator).post(url(order), form)
        assert (reply.status_code, Delivery.objects.count()) == (422, 0)
        assert "Not for you" in reply.content.decode()

    def test_to_nobody_is_refused_and_posts_nothing(self, order, contact, coordinator, client_of):
        contact.no_mail = True
        contact.save()
        reply = client_of(coordinator).post(url(order), {"to": "customer", "body": "Hello"})
        assert reply.status_code == 422
        assert "nobody would get this" in reply.content.decode()
        assert not Message.objects.exists()

    def test_a_rep_cannot_write_to_the_customer(self, order, rep, client_of):
        reply = client_of(rep).post(url(order), {"to": "customer", "body": "Hello"})
        assert (reply.status_code, Message.objects.count()) == (422, 0)

    def test_twice_with_one_key_is_one_message(self, order, coordinator, client_of):
        page = client_of(coordinator)
        form = {"to": "internal", "body": "Once", "idempotency_key": "k1"}
        page.post(url(order), form)
        page.post(url(order), form)
        assert Message.objects.count() == 1

    def test_on_a_request_by_its_rep_brings_it_back_to_the_desk(
        self, asked, rep, coordinator, now, client_of
    ):
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        client_of(rep).post(url(asked), {"to": "requester", "body": "DN 50"})
        asked.refresh_from_db()
        assert asked.party == "desk"
        assert Turn.objects.get().closed == "answered"

    def test_by_the_api_to_the_customer_is_mailed_too(self, asked, coordinator, now, api_of):
        desk.note(asked, body="Looking", by=coordinator, at=now)
        thread = Thread.objects.get()
        form = {"thread": thread.pk, "body": "It fits", "visibility": "customer"}
        made = api_of(coordinator).post("/api/messages/", form, format="json")
        assert made.status_code == 201
        assert Delivery.objects.get().body == "It fits"


class TestQuoting:
    def test_shows_what_was_quoted(self, order, coordinator, now, client_of):
        first = services.say(
            order, body="Pallet of 40", visibility="internal", by=coordinator, at=now
        )
        page = client_of(coordinator)
        page.post(url(order), {"to": "internal", "body": "Agreed", "quotes": first.pk})
        assert Message.objects.get(body="Agreed").quotes == first
        assert "<blockquote" in page.get(url(order), **HX).content.decode()

    def test_an_internal_message_never_goes_out(self, order, coordinator, now):
        secret = services.say(
            order, body="Cost is 12", visibility="internal", by=coordinator, at=now
        )
        with pytest.raises(services.Unsendable, match="more people would read it"):
            services.say(
                order, body="See", visibility="customer", by=coordinator, at=now, quotes=secret
            )
        assert not Delivery.objects.exists()

    def test_of_another_conversation_is_refused(self, order, asked, coordinator, now):
        other = desk.note(asked, body="Elsewhere", by=coordinator, at=now)
        with pytest.raises(services.Unsendable, match="another conversation"):
            services.say(
                order, body="See", visibility="internal", by=coordinator, at=now, quotes=other
            )


class TestSecondThoughts:
    def test_a_message_to_the_customer_waits_ten_seconds(self, order, coordinator, now):
        services.say(order, body="Hello", visibility="customer", by=coordinator, at=now)
        assert Delivery.objects.get().due_at == now + services.SECOND_THOUGHT

    def test_undo_sends_nothing_and_gives_the_words_back(self, order, coordinator, client_of):
        page = client_of(coordinator)
        page.post(url(order), {"to": "customer", "body": "Too early"})
        message = Message.objects.get()
        reply = page.post(f"/threads/messages/{message.pk}/take-back/", follow=True)
        assert Delivery.objects.get().status == "cancelled"
        assert ">Too early</textarea>" in reply.content.decode()
        assert "Taken back before it left" in reply.content.decode()

    def test_what_has_left_cannot_be_taken_back(self, order, coordinator, now):
        message = services.say(order, body="Hello", visibility="customer", by=coordinator, at=now)
        Delivery.objects.update(status="sending", lease_until=now)
        with pytest.raises(services.TooLate):
            services.take_back(message, order, by=coordinator, at=now + SECOND)
        message.refresh_from_db()
        assert message.withdrawn_at is None

    def test_nobody_takes_back_for_somebody_else(self, order, coordinator, manager, now):
        message = services.say(order, body="Hello", visibility="customer", by=coordinator, at=now)
        with pytest.raises(services.TooLate):
            services.take_back(message, order, by=manager, at=now + SECOND)
        assert Delivery.objects.get().status == "pending"


class TestEditing:
    def test_keeps_what_it_said_before(self, order, coordinator, now, client_of):
        message = services.say(order, body="Frday", visibility="internal", by=coordinator, at=now)
        page = client_of(coordinator)
        assert (
            page.post(f"/threads/messages/{message.pk}/edit/", {"body": "Friday"}).status_code
            == 302
        )
        assert "edited" in page.get(url(order)).content.decode()
        assert "Frday" in page.get(f"/threads/messages/{message.pk}/before/").content.decode()

    def test_of_somebody_elses_words_is_refused(self, order, coordinator, manager, now, client_of):
        message = services.say(order, body="Mine", visibility="internal", by=coordinator, at=now)
        reply = client_of(manager).post(f"/threads/messages/{message.pk}/edit/", {"body": "Yours"})
        message.refresh_from_db()
        assert (reply.status_code, message.body) == (409, "Mine")

    def test_of_what_the_customer_has_is_refused(self, order, coordinator, now):
        message = services.say(order, body="12 EUR", visibility="customer", by=coordinator, at=now)
        with pytest.raises(services.NotEditable):
            services.edit(message, body="13 EUR", by=coordinator, at=now)

    def test_is_invisible_to_those_who_may_not_read_it(
        self, asked, rep, coordinator, now, client_of
    ):
        message = desk.note(asked, body="Between us", by=coordinator, at=now)
        page = client_of(rep)
        for door in ("before", "edit"):
            assert page.get(f"/threads/messages/{message.pk}/{door}/").status_code == 404
        assert (
            page.post(f"/threads/messages/{message.pk}/react/", {"sign": "thumb"}).status_code
            == 404
        )


class TestMentions:
    def test_name_people_and_departments(self, asked, rep, logistics, coordinator, now):
        desk.note(
            asked,
            body="@Daniel Okafor and @logistics: look. me@example.com",
            by=coordinator,
            at=now,
        )
        assert {str(row) for row in Mention.objects.all()} == {"@Daniel Okafor", "@Logistics"}
        said = Entry.objects.filter(action="comms.message.posted").get().data["mentions"]
        assert said == {"users": [rep.pk], "departments": [logistics.pk]}

    def test_a_name_that_two_share_names_neither(self, asked, rep, coordinator, now):
        factories.UserFactory(name=rep.name)
        desk.note(asked, body=f"@{rep.name}", by=coordinator, at=now)
        assert not Mention.objects.exists()

    def test_an_edit_tells_only_those_newly_named(self, asked, rep, manager, coordinator, now):
        message = desk.note(asked, body="@Daniel Okafor", by=coordinator, at=now)
        services.edit(message, body="@Daniel Okafor @Helen Carr", by=coordinator, at=now)
        said = Entry.objects.filter(action="comms.message.edited").get().data["mentions"]
        assert said["users"] == [manager.pk]


class TestTurns:
    def test_whoever_is_named_owes_an_answer(self, asked, rep, coordinator, client_of):
        page = client_of(coordinator)
        form = {"to": "requester", "body": "Which size?", "needs": "daniel okafor"}
        assert page.post(url(asked), form).status_code == 302
        assert Turn.objects.get().asked_user == rep
        assert "Which size?" in client_of(rep).get("/waiting/").content.decode()

    def test_an_unknown_name_is_refused_beside_the_field(self, asked, coordinator, client_of):
        form = {"to": "internal", "body": "Which size?", "needs": "Nobody Known"}
        reply = client_of(coordinator).post(url(asked), form)
        text = reply.content.decode()
        assert reply.status_code == 422
        assert "Nobody here is called" in text
        assert "Which size?" in text

    def test_who_cannot_open_the_page_is_not_asked_there(self, asked, coordinator, client_of, team):
        other = factories.member(
            Role.REP,
            email="other@example.com",
            name="Ola Other",
            team=factories.TeamFactory(name="Elsewhere"),
        )
        form = {"to": "requester", "body": "Well?", "needs": other.name}
        reply = client_of(coordinator).post(url(asked), form)
        assert reply.status_code == 422
        assert "cannot open this page" in reply.content.decode()

    def test_a_burst_is_one_and_the_answer_is_kept_with_it(self, asked, rep, coordinator, now):
        for n in range(3):
            at = now + n * SECOND
            desk.note(asked, body=f"Well? {n}", by=coordinator, at=at, asks_user=rep)
        answer = services.post(
            Thread.objects.get(), body="Yes", visibility="requester", by=rep, at=now + 60 * SECOND,
            channel="mail",
        )  # fmt: skip
        turn = Turn.objects.get()
        assert (turn.opened_at, turn.answer, turn.answer.channel) == (now, answer, "mail")

    def test_a_customers_words_answer_no_colleague(self, asked, rep, contact, coordinator, now):
        desk.note(asked, body="Well?", by=coordinator, at=now, asks_user=rep)
        desk.customer_said(asked, body="Any news?", contact=contact, at=now + SECOND)
        assert Turn.objects.get().closed == ""

    def test_no_answer_needed_is_said_by_those_concerned_only(
        self, asked, rep, coordinator, now, client_of, logistics_member
    ):
        desk.note(asked, body="Well?", by=coordinator, at=now, asks_user=rep)
        door = f"/threads/turns/{Turn.objects.get().pk}/settle/"
        assert client_of(logistics_member).post(door).status_code == 403
        assert client_of(rep).post(door, {"next": "//evil.example/"}).url == "/waiting/"
        assert Turn.objects.get().closed == "not_needed"

    def test_the_desk_sees_who_takes_how_long(self, asked, rep, coordinator, now, client_of):
        desk.note(asked, body="Well?", by=coordinator, at=now, asks_user=rep)
        text = client_of(coordinator).get("/waiting/?view=all").content.decode()
        assert "Who takes how long" in text
        assert rep.name in text
        assert "Who takes how long" not in client_of(rep).get("/waiting/?view=all").content.decode()


class TestTheCustomersWords:
    def test_bring_a_request_that_waited_for_them_back_to_the_desk(
        self, asked, contact, coordinator, now
    ):
        desk.give_custody(asked, "customer", by=coordinator, at=now)
        message = desk.customer_said(asked, body="DN 50", contact=contact, at=now + SECOND)
        asked.refresh_from_db()
        assert (asked.party, message.visibility, message.author) == ("desk", "customer", None)
        heard = Entry.objects.get(action="comms.message.received")
        assert (heard.data["contact"], heard.account_id) == (contact.pk, contact.account_id)


class TestTheList:
    def test_is_as_cheap_with_a_thousand_messages_as_with_twenty(
        self, asked, coordinator, now, client_of
    ):
        def costs():
            with CaptureQueriesContext(connection) as queries:
                talk = conversation(coordinator, asked, now=now)
            return len(queries), len(talk.lines)

        thread = services.thread_for(asked, account_id=None, at=now)
        rows = [
            Message(thread=thread, author=coordinator, author_name="Marta", visibility="internal",
                    body=f"Word {n}", at=now + n * SECOND)
            for n in range(1000)
        ]  # fmt: skip
        Message.objects.bulk_create(rows[:FIRST])
        costs()
        few = costs()
        Message.objects.bulk_create(rows[FIRST:])
        assert costs() == few

    def test_older_ones_are_a_click_away_and_none_is_left_out(
        self, asked, coordinator, now, client_of
    ):
        for n in range(45):
            desk.note(asked, body=f"Word {n:02}", by=coordinator, at=now + (n // 3) * SECOND)
        found, before = [], None
        while True:
            talk = conversation(coordinator, asked, now=now, before=before)
            found = [line.message.body for line in talk.lines] + found
            before = talk.earlier
            if before is None:
                break
        assert found == [f"Word {n:02}" for n in range(45)]

    def test_says_nothing_while_nothing_changed(self, asked, coordinator, now, client_of):
        desk.note(asked, body="Hello", by=coordinator, at=now)
        page, version = client_of(coordinator), Thread.objects.get().version
        assert page.get(f"{url(asked)}lines/?v={version}").status_code == 204
        services.react(Message.objects.get(), sign="thumb", by=coordinator, at=now)
        again = page.get(f"{url(asked)}lines/?v={version}")
        assert again.status_code == 200
        assert "👍" in again.content.decode()

    def test_a_rep_sees_neither_internal_words_nor_foreign_requests(
        self, asked, rep, coordinator, now, client_of, team
    ):
        desk.note(asked, body="Between us", by=coordinator, at=now)
        assert "Between us" not in client_of(rep).get(url(asked)).content.decode()
        assert (
            "Between us" in client_of(coordinator).get(url(asked)).content.decode()
        )  # the control
        other = factories.member(
            Role.REP,
            email="other@example.com",
            name="Ola Other",
            team=factories.TeamFactory(name="Elsewhere"),
        )
        assert client_of(other).get(url(asked)).status_code == 404
