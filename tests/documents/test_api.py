"""/api/documents/: the same steps, with idempotency."""

import pytest

from comms.models import Delivery
from documents.models import DocumentAsk
from journal.models import Entry

pytestmark = pytest.mark.django_db
HOME = "/api/documents/"


@pytest.fixture
def api(coordinator, api_of):
    return api_of(coordinator)


@pytest.fixture
def body(order, contact):
    return {
        "subject_type": "orders.order", "subject_id": order.pk, "contact": contact.pk,
        "title": "Signed VAT form", "words": "For the invoice.", "due_on": "2026-12-04",
    }  # fmt: skip


class TestCreate:
    def test_asks_on_the_clock_of_the_contact(self, api, body):
        reply = api.post(HOME, body)
        assert reply.status_code == 201
        assert (reply.data["zone"], reply.data["status"]) == ("Europe/London", "open")
        assert DocumentAsk.objects.get().due_at.isoformat() == "2026-12-04T17:00:00+00:00"
        assert Delivery.objects.get().private

    def test_the_same_key_asks_once(self, api, body):
        replies = [api.post(HOME, body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [r.status_code for r in replies] == [201, 201]
        assert replies[0].data["id"] == replies[1].data["id"]
        assert DocumentAsk.objects.count() == 1
        other = api.post(HOME, body | {"title": "Other"}, headers={"Idempotency-Key": "k"})
        assert other.status_code == 422

    @pytest.mark.parametrize(
        ("bad", "status"),
        [
            ({"due_on": "2026-11-01"}, 422), ({"due_on": "0001-01-01"}, 422),
            ({"due_on": "9999-12-31"}, 422), ({"due_on": None}, 400), ({"zone": "Mars"}, 400),
            ({"subject_type": "people.user"}, 422), ({"subject_id": 2**63}, 400),
            ({"subject_id": 999_999}, 422), ({"contact": 999_999}, 400), ({"contact": 2**70}, 400),
            ({"title": "a\0b"}, 400), ({"title": ""}, 400), ({"words": "x" * 100_000}, 400),
            ({"max_files": 11}, 400), ({"status": "accepted"}, 400), ({"template": 1}, 400),
        ],
    )  # fmt: skip
    def test_bad_bodies_are_refused(self, api, body, bad, status):
        assert api.post(HOME, body | bad).status_code == status
        assert not DocumentAsk.objects.exists()

    def test_a_finished_object_is_a_conflict(self, api, body, order, now):
        order.status, order.cancelled_at = "cancelled", now
        order.save()
        assert api.post(HOME, body).status_code == 409


class TestSteps:
    def test_accepts_returns_and_withdraws(self, api, make, send):
        ask = make()
        send(ask)
        reply = api.post(f"{HOME}{ask.pk}/return/", {"reason": "Page 2 is missing."})
        assert (reply.status_code, reply.data["status"], reply.data["round"]) == (
            200,
            "returned",
            2,
        )
        assert [file["name"] for file in reply.data["files"]] == ["form.pdf"]
        reply = api.post(f"{HOME}{ask.pk}/accept/", {})
        assert reply.data["status"] == "accepted"
        assert api.post(f"{HOME}{ask.pk}/withdraw/", {}).status_code == 409
        assert Entry.objects.filter(action="documents.ask.accepted").count() == 1

    def test_a_newer_file_is_a_conflict(self, api, make, send):
        ask = make()
        send(ask)
        assert api.post(f"{HOME}{ask.pk}/accept/", {"seen": 0}).status_code == 409

    def test_an_ask_that_is_not_there(self, api):
        for key in ("999999", "999999999999999999", "9" * 19):
            assert api.get(f"{HOME}{key}/").status_code == 404
            assert api.post(f"{HOME}{key}/accept/", {}).status_code == 404


class TestWho:
    def test_a_rep_reads_hers_and_decides_nothing(self, make, rep, api_of, body):
        ask, api = make(), api_of(rep)
        assert [row["id"] for row in api.get(HOME).data["results"]] == [ask.pk]
        assert api.get(f"{HOME}{ask.pk}/").status_code == 200
        assert api.post(HOME, body).status_code == 403
        assert api.post(f"{HOME}{ask.pk}/accept/", {}).status_code == 403

    def test_a_stranger_reads_nothing(self, make, stranger, api_of):
        ask, api = make(), api_of(stranger)
        assert api.get(HOME).data["results"] == []
        assert api.get(f"{HOME}{ask.pk}/").status_code == 404

    def test_no_key_of_a_link_is_ever_told(self, make, api):
        ask = make()
        told = str(api.get(f"{HOME}{ask.pk}/").data)
        assert "digest" not in told
        assert ask.links.get().digest not in told

    def test_filters(self, make, api):
        make()
        assert len(api.get(f"{HOME}?status=open").data["results"]) == 1
        assert api.get(f"{HOME}?status=accepted").data["results"] == []
        assert api.get(f"{HOME}?colour=red").status_code == 400
