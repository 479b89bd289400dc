"""The API of conversations and mail: the same rights and refusals as the pages, each effect once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from comms import services
from comms.models import Attachment, Delivery, DeliveryFile, Message, Sender, Suppression, Turn

KEY = {"HTTP_IDEMPOTENCY_KEY": "k"}


@pytest.fixture
def thread(order, coordinator, now):
    services.say(order, body="Begun", visibility="internal", by=coordinator, at=now)
    return Message.objects.get().thread


@pytest.fixture
def api(coordinator, api_of):
    return api_of(coordinator)


def text(name="note.txt"):
    return SimpleUploadedFile(name, b"Gate 4\n")


class TestMessages:
    def test_to_the_customer_takes_files_along_once(self, thread, contact, api):
        for _ in range(2):
            reply = api.post("/api/messages/", {
                "thread": thread.pk, "visibility": "customer", "body": "See", "files": [text(), text("b.txt")],
                "contacts": [contact.pk], "subject_line": "Papers",
            }, format="multipart", **KEY)  # fmt: skip
            assert reply.status_code == 201
            assert len(reply.json()["attachments"]) == 2
        mail = Delivery.objects.get()
        assert (mail.subject, mail.files.count()) == ("Papers", 2)

    def test_a_file_that_cannot_be_taken_sends_nothing(self, thread, api):
        body = {
            "thread": thread.pk,
            "visibility": "customer",
            "body": "See",
            "files": [text("x.exe")],
        }
        reply = api.post("/api/messages/", body, format="multipart")
        assert reply.status_code in {400, 415, 422}
        assert not Delivery.objects.exists()
        assert not Attachment.objects.exists()

    def test_papers_only_from_the_list(self, thread, order, api, now):
        body = {
            "thread": thread.pk,
            "visibility": "customer",
            "body": "See",
            "papers": [f"confirmation:{order.pk}"],
        }
        assert api.post("/api/messages/", body).status_code == 422
        type(order).objects.filter(pk=order.pk).update(confirmed_at=now, status="confirmed")
        assert api.post("/api/messages/", body).status_code == 201
        assert DeliveryFile.objects.get().drawn_by == "confirmation"


class TestAttachments:
    def test_are_uploaded_listed_and_removed(self, thread, api):
        body = {"thread": thread.pk, "visibility": "internal", "file": text()}
        made = api.post("/api/attachments/", body, format="multipart", **KEY).json()
        body["file"] = text()
        assert api.post("/api/attachments/", body, format="multipart", **KEY).json() == made
        assert Attachment.objects.count() == 1
        assert [row["id"] for row in api.get("/api/attachments/").json()["results"]] == [made["id"]]
        assert api.delete(f"/api/attachments/{made['id']}/").status_code == 204
        assert api.get(f"/api/attachments/{made['id']}/").status_code == 404

    def test_that_are_internal_are_hidden_from_reps(self, thread, api, api_of, rep):
        body = {"thread": thread.pk, "visibility": "internal", "file": text()}
        pk = api.post("/api/attachments/", body, format="multipart").json()["id"]
        other = api_of(rep)
        assert other.get("/api/attachments/").json()["results"] == []
        assert other.delete(f"/api/attachments/{pk}/").status_code == 404
        body = {"thread": thread.pk, "visibility": "internal", "file": text()}
        assert other.post("/api/attachments/", body, format="multipart").status_code == 400


class TestTurns:
    def test_are_listed_and_settled_by_their_sides(
        self, order, coordinator, logistics, rep, api, api_of, now
    ):
        services.say(
            order,
            body="Ready?",
            visibility="internal",
            by=coordinator,
            at=now,
            asks_department=logistics,
        )
        turn = Turn.objects.get()
        assert api_of(rep).get("/api/turns/").json()["results"] == []
        assert api_of(rep).post(f"/api/turns/{turn.pk}/settle/").status_code == 404
        found = api.get("/api/turns/?open=true").json()["results"]
        assert [row["subject_type"] for row in found] == ["orders.order"]
        assert api.post(f"/api/turns/{turn.pk}/settle/", {}).json()["closed"] == "not_needed"
        assert api.get("/api/turns/?open=true").json()["results"] == []


class TestDeliveries:
    def test_are_listed_and_sent_again_with_a_reason(self, order, coordinator, api, now):
        services.say(order, body="Hello", visibility="customer", by=coordinator, at=now)
        Delivery.objects.update(status="failed")
        row = api.get("/api/deliveries/?status=failed").json()["results"][0]
        assert row["body"] == "Hello"
        here = f"/api/deliveries/{row['id']}/"
        assert api.post(f"{here}send-again/", {}).status_code == 400
        assert api.post(f"{here}send-again/", {"reason": "Try"}).json()["status"] == "pending"
        assert api.post(f"{here}send-again/", {"reason": "Try"}).status_code == 409
        assert api.post(f"{here}arrived/", {"reason": "x"}).status_code == 409

    def test_of_a_colleague_keep_their_words(self, api, manager, now):
        services.owe_mail(
            key="k",
            recipient="m@example.com",
            subject="S",
            body="Secret",
            due_at=now,
            at=now,
            user=manager,
        )
        assert api.get("/api/deliveries/").json()["results"][0]["body"] is None

    def test_are_not_for_reps(self, api_of, rep):
        for path in ("deliveries", "suppressions", "senders"):
            assert api_of(rep).get(f"/api/{path}/").status_code == 403


class TestSuppressions:
    def test_are_made_and_lifted(self, api):
        made = api.post(
            "/api/suppressions/", {"address": "bob@example.com", "why": "He asked"}
        ).json()
        assert made["reason"] == "person"
        here = f"/api/suppressions/{made['id']}/lift/"
        assert api.post(here, {"reason": "He wants it"}).json()["lifted_why"] == "He wants it"
        assert api.post(here, {"reason": "Again"}).status_code == 409
        assert api.get("/api/suppressions/?standing=true").json()["results"] == []
        assert Suppression.objects.count() == 1

    def test_senders_are_read(self, api):
        Sender.objects.create(team=None, name="Desk", address="d@example.com")
        assert api.get("/api/senders/").json()["results"][0]["name"] == "Desk"
