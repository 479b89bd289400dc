"""Who reads and writes what: the API of conversations, the page of deliveries."""

import pytest
from django.utils import timezone

from comms import services
from comms.models import Delivery, Message, Turn
from desk import services as desk
from desk.models import RequestType, SlaPolicy


@pytest.fixture
def request_of_rep(team, rep, now):
    kind = RequestType.objects.create(
        slug="question", name="Question", team=team, policy=SlaPolicy.objects.create(name="S"),
        form=[],
    )  # fmt: skip
    return desk.submit(
        kind, subject="Which seal?", account=None, requester=rep, data={}, priority=1,
        wanted_on=None, by=rep, at=now,
    )  # fmt: skip


@pytest.fixture
def thread(request_of_rep, coordinator, now):
    thread = services.thread_for(request_of_rep, account_id=None, at=now)
    for visibility in ("internal", "requester", "customer"):
        services.post(
            thread, body=f"For {visibility}", visibility=visibility, by=coordinator, at=now
        )
    return thread


class TestMessages:
    def test_a_rep_never_reads_internal_notes(self, thread, api_of, rep, coordinator):
        hers = api_of(rep).get("/api/messages/", {"thread": thread.pk}).json()["results"]
        assert {m["visibility"] for m in hers} == {"requester", "customer"}
        desks = api_of(coordinator).get("/api/messages/", {"thread": thread.pk}).json()["results"]
        assert {m["visibility"] for m in desks} == {"internal", "requester", "customer"}

    def test_another_teams_rep_reads_nothing(self, thread, api_of):
        from people.models import Role
        from tests import factories

        stranger = factories.member(Role.REP, team=factories.TeamFactory())
        api = api_of(stranger)
        assert api.get("/api/messages/").json()["results"] == []
        assert api.get(f"/api/threads/{thread.pk}/").status_code == 404
        reply = api.post("/api/messages/", {"thread": thread.pk, "body": "Hi"}, format="json")
        assert reply.status_code == 400
        assert Message.objects.count() == 3

    def test_a_reps_message_asks_the_desk(self, thread, api_of, rep):
        reply = api_of(rep).post(
            "/api/messages/", {"thread": thread.pk, "body": "Any news?"}, format="json"
        )
        assert reply.status_code == 201
        assert Turn.objects.get().to_desk

    @pytest.mark.parametrize("visibility", ["internal", "customer", "everybody"])
    def test_a_rep_writes_neither_internally_nor_to_customers(
        self, thread, api_of, rep, visibility
    ):
        body = {"thread": thread.pk, "body": "Hi", "visibility": visibility}
        assert api_of(rep).post("/api/messages/", body, format="json").status_code == 400
        assert Message.objects.count() == 3

    def test_the_same_key_posts_once(self, thread, api_of, rep):
        api, body = api_of(rep), {"thread": thread.pk, "body": "Once"}
        for _ in range(2):
            reply = api.post(
                "/api/messages/", body, format="json", headers={"Idempotency-Key": "k-1"}
            )
            assert reply.status_code == 201
        assert Message.objects.filter(body="Once").count() == 1

    @pytest.mark.parametrize(
        "body", [{"thread": 2**70, "body": "x"}, {"body": "x\x00"}, {"thread": 1, "bodi": "x"}, []]
    )
    def test_nonsense_is_refused_politely(self, api_of, rep, body):
        assert api_of(rep).post("/api/messages/", body, format="json").status_code == 400


class TestDeliveriesPage:
    @pytest.fixture
    def failed(self, db):
        now = timezone.now()
        row = services.owe_mail(
            key="k", recipient="claire@example.com", subject="<b>Hello</b>", body="Hi", due_at=now,
            at=now,
        )  # fmt: skip
        Delivery.objects.update(status="failed", problem="550 No such person")
        return row

    def test_says_what_failed_and_why(self, failed, client_of, coordinator):
        client = client_of(coordinator)
        page = client.get("/threads/deliveries/?status=failed").content.decode()
        assert "&lt;b&gt;Hello" in page
        assert (
            "550 No such person" in client.get(f"/threads/deliveries/{failed.pk}/").content.decode()
        )

    def test_sends_again_with_a_reason_only(self, failed, client_of, coordinator):
        client, url = client_of(coordinator), f"/threads/deliveries/{failed.pk}/send-again/"
        client.post(url, {"reason": ""})
        assert Delivery.objects.get().status == "failed"
        client.post(url, {"reason": "New address"})
        assert Delivery.objects.get().status == "pending"

    def test_is_not_a_reps(self, failed, client_of, rep):
        client = client_of(rep)
        assert client.get("/threads/deliveries/").status_code == 403
        url = f"/threads/deliveries/{failed.pk}/send-again/"
        assert client.post(url, {"reason": "x"}).status_code == 403

    def test_costs_the_same_for_one_and_for_many(
        self, failed, client_of, coordinator, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = client_of(coordinator)
        client.get("/threads/deliveries/")
        with CaptureQueriesContext(connection) as few:
            client.get("/threads/deliveries/")
        now = timezone.now()
        for n in range(30):
            services.owe_mail(
                key=f"k{n}", recipient="a@example.com", subject="S", body="B", due_at=now, at=now
            )
        with django_assert_num_queries(len(few)):
            client.get("/threads/deliveries/")
