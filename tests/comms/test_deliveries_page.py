"""The pages of mail that leaves: what failed, what nobody knows, who gets none, in whose name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comms import deciding, providers, services
from comms.models import Delivery, MessageTemplate, Provider, Sender, Suppression
from journal.models import Entry
from tests import factories

PAGE = "/threads/deliveries/"


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def owed(now):
    made = []

    def make(status="failed", **fields):
        made.append(1)
        values = {
            "recipient": "claire@northgate.example",
            "subject": f"Mail {len(made)}",
            "body": "Hello",
        }
        row = services.owe_mail(key=f"k{len(made)}", due_at=now, at=now, **values | fields)
        Delivery.objects.filter(pk=row.pk).update(
            status=status, sent_at=now if status == "sent" else None
        )
        row.refresh_from_db()
        return row

    return make


class TestList:
    def test_begins_with_what_needs_a_person(self, owed, desk):
        assert "Nothing needs you" not in desk.get(PAGE).content.decode()
        owed("sent", subject="Fine")
        owed("unknown", subject="Who knows")
        text = desk.get(PAGE).content.decode()
        assert "Who knows" in text
        assert "Fine" not in text
        owed("failed", subject="Refused")
        assert "Refused" in desk.get(PAGE).content.decode()

    def test_filters_by_reader_day_way_and_thing(self, owed, desk, order):
        owed("sent", subject="Hers", recipient="Claire@Northgate.example")
        owed("sent", subject="His", recipient="bob@elsewhere.example", about=order)
        for query, seen, unseen in (
            ("recipient=claire@northgate.EXAMPLE", "Hers", "His"),
            (f"about=orders.order:{order.pk}", "His", "Hers"),
            ("day=2026-11-24", "Hers", ""),
            ("day=2026-11-23", "", "Hers"),
            ("provider=news", "", "Hers"),
        ):
            text = desk.get(f"{PAGE}?status=all&{query}").content.decode()
            assert f">{seen}</a>" in text or not seen
            assert f">{unseen}</a>" not in text or not unseen

    @pytest.mark.parametrize("query", [
        "status=x", "recipient=%00", "recipient=x", "day=0001-01-01", "day=9999-12-31", "day=x", "about=x:1",
        "about=orders.order:99999999999999999999", "after=x", "provider=%00",
    ])  # fmt: skip
    def test_what_cannot_be_is_left_out(self, owed, desk, query):
        owed()
        assert desk.get(f"{PAGE}?{query}").status_code == 200

    def test_costs_the_same_however_many_there_are(self, owed, desk):
        owed()
        desk.get(PAGE)
        with CaptureQueriesContext(connection) as few:
            desk.get(PAGE)
        for _ in range(60):
            owed()
        with CaptureQueriesContext(connection) as many:
            desk.get(PAGE)
        assert len(many) == len(few) <= 8

    def test_stops_counting(self, owed, desk, monkeypatch):
        monkeypatch.setattr("comms.listing.MOST_COUNTED", 2)
        for _ in range(4):
            owed()
        assert "2+" in desk.get(PAGE).content.decode()

    def test_is_not_for_reps(self, client_of, rep):
        assert client_of(rep).get(PAGE).status_code == 403


class TestManyAgain:
    def test_are_sent_again_for_one_reason(self, owed, desk):
        rows = [owed(), owed(), owed("sent")]
        form = {
            "pk": [row.pk for row in rows],
            "reason": "The relay was down",
            "idempotency_key": "k",
        }
        for _ in range(2):
            desk.post(f"{PAGE}send-again/?status=failed", form)
        assert Delivery.objects.filter(status="pending").count() == 2
        told = Entry.objects.filter(action="comms.delivery.resent")
        assert [entry.data["reason"] for entry in told] == ["The relay was down"] * 2

    def test_without_a_reason_nothing_is(self, owed, desk):
        row = owed()
        reply = desk.post(f"{PAGE}send-again/?status=failed", {"pk": [row.pk], "reason": " "})
        assert reply.status_code == 422
        assert "Say why" in reply.content.decode()
        assert Delivery.objects.get().status == "failed"

    def test_bad_keys_are_left_out(self, desk):
        form = {"pk": ["x", "9" * 40, "-1", "\0"], "reason": "x"}
        assert desk.post(f"{PAGE}send-again/", form).status_code == 422


class TestDecisions:
    def test_it_arrived_after_all_and_is_never_sent_again(self, owed, desk, coordinator):
        row = owed("unknown")
        desk.post(f"{PAGE}{row.pk}/arrived/", {"reason": ""})
        assert Delivery.objects.get().status == "unknown"
        desk.post(f"{PAGE}{row.pk}/arrived/", {"reason": "She answered it"})
        row.refresh_from_db()
        assert (row.status, row.sent_at is not None) == ("sent", True)
        with pytest.raises(deciding.NotResendable):
            deciding.send_again(row, reason="x", by=coordinator, at=timezone.now())

    def test_it_did_not_and_is_sent_again(self, owed, desk):
        row = owed("unknown")
        desk.post(f"{PAGE}{row.pk}/send-again/", {"reason": "She has nothing"})
        assert Delivery.objects.get().status == "pending"

    def test_what_failed_cannot_have_arrived(self, owed, coordinator, now):
        with pytest.raises(deciding.NotResendable):
            deciding.arrived(owed("failed"), reason="x", by=coordinator, at=now)

    @pytest.mark.parametrize(
        ("says", "status"), [(True, "sent"), (False, "failed"), (None, "unknown")]
    )
    def test_the_relays_log_is_asked_now(self, owed, desk, monkeypatch, says, status):
        row = owed("unknown")
        monkeypatch.setattr("comms.carriers.taken", lambda name, ids: dict.fromkeys(ids, says))
        text = desk.get(f"{PAGE}{row.pk}/").content.decode()
        assert "Ask the relay" in text
        desk.post(f"{PAGE}{row.pk}/ask-log/")
        assert Delivery.objects.get().status == status

    def test_are_not_for_who_only_looks(self, owed, client_of, rep):
        row = owed("unknown")
        for verb in ("arrived", "ask-log", "send-again"):
            assert (
                client_of(rep).post(f"{PAGE}{row.pk}/{verb}/", {"reason": "x"}).status_code == 403
            )


class TestOneMail:
    def test_is_shown_as_it_is_handed_over(self, owed, desk, team):
        Sender.objects.create(
            team=None, name="Rotterdam desk", address="r@example.com", signature="Regards"
        )
        row = owed("sent", body="**Hello** Claire")
        text = desk.get(f"{PAGE}{row.pk}/").content.decode()
        for part in ("Rotterdam desk", "**Hello** Claire", "Regards"):
            assert part in text
        frame = desk.get(f"{PAGE}{row.pk}/frame/")
        assert "<strong>Hello</strong>" in frame.content.decode()
        assert "sandbox" in frame["Content-Security-Policy"]

    def test_to_a_colleague_or_with_a_link_only_its_reader_reads(
        self, owed, desk, manager, coordinator
    ):
        for fields in ({"user": manager}, {"private": True}):
            row = owed("sent", body="Secret", **fields)
            assert "Secret" not in desk.get(f"{PAGE}{row.pk}/").content.decode()
            assert desk.get(f"{PAGE}{row.pk}/frame/").status_code == 404
        own = owed("sent", body="Mine to read", user=coordinator)
        assert "Mine to read" in desk.get(f"{PAGE}{own.pk}/").content.decode()

    def test_whose_file_is_gone_says_so(self, owed, desk):
        row = owed("failed")
        row.files.create(name="a.txt", kind="text/plain", stored_as="0" * 32)
        reply = desk.get(f"{PAGE}{row.pk}/")
        assert reply.status_code == 200
        assert "cannot be shown as it was" in reply.content.decode()


class TestSuppressions:
    def test_one_is_added_by_hand_and_lifted_with_a_reason(self, desk, coordinator):
        here = "/threads/suppressions/"
        form = {"address": "Bob@example.com", "why": "He asked me", "idempotency_key": "k"}
        for _ in range(2):
            assert desk.post(here, form).status_code == 302
        row = Suppression.objects.get()
        assert (row.reason, row.set_by) == ("person", coordinator)
        assert "Bob@example.com" in desk.get(f"{here}?address=bob@").content.decode()
        assert desk.post(f"{here}{row.pk}/lift/", {"reason": " "}).status_code == 422
        assert (
            desk.post(f"{here}{row.pk}/lift/", {"reason": "He wants it again"}).status_code == 302
        )
        assert desk.post(f"{here}{row.pk}/lift/", {"reason": "Once more"}).status_code == 409
        assert "He wants it again" in desk.get(f"{here}?lifted=1").content.decode()

    def test_bad_input_stays_beside_its_field(self, desk):
        for address in ("", "x", "\0", "a" * 300 + "@example.com"):
            reply = desk.post("/threads/suppressions/", {"address": address, "why": "y"})
            assert reply.status_code == 422
        assert not Suppression.objects.exists()
        assert desk.get("/threads/suppressions/?address=%00").status_code == 200

    def test_a_rep_neither_sees_nor_lifts(self, client_of, rep, coordinator, now):
        row = services.suppress("a@b.example", reason="person", why="", by=coordinator, at=now)
        assert client_of(rep).get("/threads/suppressions/").status_code == 403
        assert (
            client_of(rep)
            .post(f"/threads/suppressions/{row.pk}/lift/", {"reason": "x"})
            .status_code
            == 403
        )


class TestSettings:
    FORM = {"name": "Rotterdam desk", "address": "r@example.com", "colour": "#AA0000", "provider": "default",
            "signature": "**Marta**", "team": ""}  # fmt: skip

    def test_a_manager_sets_a_sender_up(self, client_of, manager):
        page = client_of(manager)
        assert page.post("/threads/senders/new/", self.FORM).status_code == 302
        row = Sender.objects.get()
        assert row.colour == "#aa0000"
        reply = page.post("/threads/senders/new/", self.FORM)
        assert reply.status_code == 422
        assert "one like this already" in reply.content.decode()
        assert (
            page.post(f"/threads/senders/{row.pk}/", self.FORM | {"colour": "red"}).status_code
            == 422
        )
        assert "Rotterdam desk" in page.get("/threads/settings/").content.decode()

    def test_and_sees_it_as_a_reader_does_before_it_is_kept(self, client_of, manager):
        reply = client_of(manager).post("/threads/senders/preview/", self.FORM)
        assert "<strong>Marta</strong>" in reply.content.decode()
        assert "Rotterdam desk" in reply.content.decode()
        assert not Sender.objects.exists()

    def test_a_coordinator_may_not(self, desk):
        assert desk.get("/threads/senders/new/").status_code == 403
        assert desk.get("/threads/settings/").status_code == 200

    def test_templates_are_kept_by_the_desk_with_known_variables_only(self, desk):
        form = {
            "title": "Hello",
            "about": "",
            "team": "",
            "body": "Dear {{contact}}",
            "is_active": "on",
        }
        assert desk.post("/threads/settings/templates/new/", form).status_code == 302
        reply = desk.post(
            "/threads/settings/templates/new/", form | {"title": "B", "body": "{{moon}}"}
        )
        assert reply.status_code == 422
        assert MessageTemplate.objects.get().title == "Hello"

    def test_a_paused_way_out_is_tried_now(self, client_of, manager, now):
        at = timezone.now()
        providers.pause("default", why="421 slow down", longest=900, at=at)
        row = Provider.objects.get()
        Provider.objects.update(paused_until=at + timedelta(hours=1))
        page = client_of(manager)
        assert "421 slow down" in page.get("/threads/settings/").content.decode()
        assert providers.grant("default", wanted=50, at=timezone.now()).most == 0
        page.post(f"/threads/ways-out/{row.pk}/resume/")
        assert providers.grant("default", wanted=50, at=timezone.now()).most == providers.PROBE
        assert Entry.objects.filter(action="comms.provider.resumed").count() == 1


def test_a_customer_of_an_account_is_written_to_by_it(desk, contact, here):
    desk.post(here(contact.account), {"to": "customer", "body": "Hello"})
    assert Delivery.objects.get().contact == contact
    assert factories.AccountFactory().pk
