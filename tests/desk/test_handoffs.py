"""Hand-offs: asked, accepted with a day or sent back with a reason, done; who sees which."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from desk import services
from desk.models import HandOff
from desk.models.handoff import HANDOFF_MOVES
from desk.models.request import IllegalMove
from journal.models import Entry
from orders import services as orders
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db
FAR = date(2126, 1, 15)


@pytest.fixture
def finance(role_groups):
    return factories.DepartmentFactory(slug="finance", name="Finance", party="finance")


@pytest.fixture
def finance_member(finance):
    return factories.member(Role.DEPARTMENT, email="finance@example.com", department=finance)


@pytest.fixture
def ask(logistics, coordinator, now):
    """`ask(row)`: logistics are asked about a request."""

    def make(row=None, *, department=logistics, at=now, **about):
        about = about or {"request": row}
        return services.ask_department(department, ask="Is it in?", by=coordinator, at=at, **about)

    return make


@pytest.fixture
def order(account, coordinator, now):
    """Confirmed, and ready to be handed off."""
    product = factories.priced_product(sku="VM-45", stock=10)
    placed, _ = orders.place(
        account, lines=[{"product_id": product.pk, "quantity": 2}], by=coordinator, at=now,
        check=True, confirm=True,
    )  # fmt: skip
    return placed


@pytest.fixture
def page(logistics_member, client_of):
    return client_of(logistics_member)


@pytest.fixture
def api(logistics_member, api_of):
    return api_of(logistics_member)


def post(client, row, verb, body=None):
    return client.post(f"/api/handoffs/{row.pk}/{verb}/", body or {}, format="json")


class TestMoves:
    @pytest.mark.parametrize("here", HandOff.Status)
    @pytest.mark.parametrize("to", HandOff.Status)
    def test_walk_the_table(self, here, to):
        row = HandOff(status=here)
        if to in HANDOFF_MOVES[here]:
            row.move(to)
            assert row.status == to
        else:
            with pytest.raises(IllegalMove):
                row.move(to)

    def test_every_status_is_in_the_table(self):
        assert set(HANDOFF_MOVES) == set(HandOff.Status)


class TestAsking:
    def test_gives_the_department_custody_and_half_a_day_to_answer(
        self, claimed, coordinator, logistics, client_of, now
    ):
        row = claimed()
        form = {"department": logistics.pk, "ask": "Is it in?", "idempotency_key": "k"}
        for _ in range(2):
            client_of(coordinator).post(f"/requests/{row.pk}/hand-off/", form)
        row.refresh_from_db()
        asked = HandOff.objects.get()
        assert (row.party, row.party_department) == ("logistics", logistics)
        assert (asked.status, asked.asked_by) == ("asked", coordinator)
        assert asked.due_at > asked.asked_at

    def test_by_the_api(self, claimed, coordinator, logistics, api_of):
        row = claimed()
        body = {"department": "logistics", "ask": "Is it in?", "request": row.pk}
        reply = api_of(coordinator).post("/api/handoffs/", body, format="json")
        assert (reply.status_code, reply.json()["status"]) == (201, "asked")
        row.refresh_from_db()
        assert row.party == "logistics"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"ask": "?"}, "department"),
            ({"department": "moon", "ask": "?"}, "department"),
            ({"department": "logistics", "ask": ""}, "ask"),
            ({"department": "logistics", "ask": "?"}, "order"),
            ({"department": "logistics", "ask": "?", "request": 2**70}, "request"),
            ({"department": "logistics", "ask": "?", "status": "done"}, "status"),
        ],
    )
    def test_names_what_it_cannot_use(self, coordinator, logistics, api_of, body, field):
        reply = api_of(coordinator).post("/api/handoffs/", body, format="json")
        assert reply.status_code == 400
        assert field in reply.json()["errors"]

    def test_nothing_is_asked_about_what_is_done(
        self, claimed, coordinator, logistics, api_of, client_of, now
    ):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        body = {"department": "logistics", "ask": "Is it in?", "request": row.pk}
        assert api_of(coordinator).post("/api/handoffs/", body, format="json").status_code == 409
        form = {"department": logistics.pk, "ask": "Is it in?"}
        reply = client_of(coordinator).post(f"/requests/{row.pk}/hand-off/", form)
        assert reply.status_code == 409
        assert not HandOff.objects.exists()

    def test_is_not_for_reps_nor_departments(self, claimed, rep, logistics_member, api_of):
        body = {"department": "logistics", "ask": "?", "request": claimed().pk}
        for user in (rep, logistics_member):
            assert api_of(user).post("/api/handoffs/", body, format="json").status_code == 403


class TestAnswering:
    def test_a_promise_gives_custody_back(self, page, claimed, ask, coordinator):
        row = claimed()
        asked = ask(row)
        page.post(f"/handoffs/{asked.pk}/accept/", {"promised_on": FAR.isoformat()})
        asked.refresh_from_db()
        row.refresh_from_db()
        assert (asked.status, asked.promised_on) == ("accepted", FAR)
        assert (row.party, row.party_user) == ("desk", coordinator)
        assert page.post(f"/handoffs/{asked.pk}/done/").status_code == 302
        asked.refresh_from_db()
        assert asked.status == "done"
        assert asked.done_at is not None

    def test_a_reason_goes_back_with_it(self, page, claimed, ask, coordinator, client_of):
        row = claimed()
        asked = ask(row)
        page.post(f"/handoffs/{asked.pk}/reject/", {"reason": "The crane is broken"})
        asked.refresh_from_db()
        row.refresh_from_db()
        assert (asked.status, row.party) == ("rejected", "desk")
        text = client_of(coordinator).get(f"/requests/{row.pk}/").content.decode()
        assert "The crane is broken" in text

    def test_custody_goes_on_to_the_department_that_still_has_to_answer(
        self, claimed, ask, finance, logistics, coordinator, now
    ):
        row = claimed()
        first, second, third = ask(row, department=finance), ask(row), ask(row)
        who = {"by": coordinator, "at": now}
        seen = []
        for handoff in (third, second, first):
            services.reject_handoff(handoff, reason="No", **who)
            row.refresh_from_db()
            seen.append(row.party)
        assert seen == ["finance", "finance", "desk"]

    def test_the_same_by_the_api(self, api, claimed, ask):
        one, two = ask(claimed()), ask(claimed())
        told = post(api, one, "accept", {"promised_on": FAR.isoformat()}).json()
        assert (told["status"], told["promised_on"]) == ("accepted", FAR.isoformat())
        assert post(api, one, "done").json()["status"] == "done"
        told = post(api, two, "reject", {"reason": "No crane"}).json()
        assert (told["status"], told["reject_reason"]) == ("rejected", "No crane")
        actions = Entry.objects.filter(subject_type="desk.handoff").values_list("action", flat=True)
        assert sorted(actions) == [
            "desk.handoff.accepted", "desk.handoff.asked", "desk.handoff.asked",
            "desk.handoff.done", "desk.handoff.rejected",
        ]  # fmt: skip

    def test_what_is_answered_is_not_answered_again(self, page, api, claimed, ask):
        asked = ask(claimed())
        assert page.post(f"/handoffs/{asked.pk}/done/").status_code == 409
        post(api, asked, "reject", {"reason": "No crane"})
        reply = page.post(f"/handoffs/{asked.pk}/accept/", {"promised_on": FAR.isoformat()})
        assert reply.status_code == 409
        assert "This hand-off is already rejected." in reply.content.decode()
        for verb, body in (
            ("accept", {"promised_on": FAR.isoformat()}),
            ("reject", {"reason": "x"}),
            ("done", {}),
        ):
            assert post(api, asked, verb, body).status_code == 409

    @pytest.mark.parametrize("typed", ["", "2126-02-30", "soon", "2020-01-01", "\0"])
    def test_a_day_that_cannot_be_promised_stands_beside_its_row(self, page, claimed, ask, typed):
        other, asked = ask(claimed()), ask(claimed())
        reply = page.post(f"/handoffs/{asked.pk}/accept/", {"promised_on": typed})
        text = reply.content.decode()
        assert reply.status_code == 422
        assert f'id="on-{asked.pk}-error"' in text
        assert f'id="on-{other.pk}-error"' not in text
        box = text.split(f'id="on-{asked.pk}"')[1].split(">")[0]
        assert f'value="{typed}"' in box
        asked.refresh_from_db()
        assert asked.status == "asked"

    @pytest.mark.parametrize("typed", ["", "   ", "x" * 301, "\0"])
    def test_a_reason_that_is_none_stands_beside_its_row(self, page, claimed, ask, typed):
        asked = ask(claimed())
        reply = page.post(f"/handoffs/{asked.pk}/reject/", {"reason": typed})
        text = reply.content.decode()
        assert reply.status_code == 422
        assert f'id="why-{asked.pk}-error"' in text
        box = text.split(f'id="why-{asked.pk}"')[1].split(">")[0]
        assert f'value="{typed}"' in box

    @pytest.mark.parametrize(
        ("verb", "body", "status"),
        [
            ("accept", {}, 400), ("accept", {"promised_on": "soon"}, 400),
            ("accept", {"promised_on": "2020-01-01"}, 422), ("reject", {}, 400),
            ("reject", {"reason": " "}, 400), ("reject", {"reason": "x" * 301}, 400),
            ("done", {"colour": "red"}, 400),
        ],
    )  # fmt: skip
    def test_the_api_names_what_it_cannot_use(self, api, claimed, ask, verb, body, status):
        assert post(api, ask(claimed()), verb, body).status_code == status

    def test_today_is_the_day_of_whoever_promises(self, claimed, ask, coordinator, now):
        night = now.replace(hour=23, minute=30)  # half past midnight in Amsterdam
        with pytest.raises(services.BadPromise):
            services.accept_handoff(
                ask(claimed()), promised_on=now.date(), by=coordinator, at=night
            )
        coordinator.zone = "America/New_York"
        services.accept_handoff(ask(claimed()), promised_on=now.date(), by=coordinator, at=night)

    def test_the_database_wants_a_reason_and_a_due_time(self, claimed, ask):
        row = HandOff.objects.filter(pk=ask(claimed()).pk)
        for wrong in ({"status": "rejected"}, {"due_at": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                row.update(**wrong)


class TestWhoSees:
    def test_a_member_sees_only_her_departments(
        self, page, api, claimed, ask, finance, finance_member, client_of, api_of
    ):
        own, other = ask(claimed()), ask(claimed(), department=finance)
        text = page.get("/handoffs/").content.decode()
        assert f"handoff-{own.pk}" in text
        assert f"handoff-{other.pk}" not in text
        assert [h["id"] for h in api.get("/api/handoffs/").json()["results"]] == [own.pk]
        assert api.get(f"/api/handoffs/{other.pk}/").status_code == 404
        for verb, body in (("accept", {"promised_on": "2126-01-01"}), ("reject", {"reason": "x"})):
            assert page.post(f"/handoffs/{other.pk}/{verb}/", body).status_code == 404
            assert post(api, other, verb, body).status_code == 404
        theirs = client_of(finance_member).get("/handoffs/").content.decode()
        assert f"handoff-{other.pk}" in theirs
        other.refresh_from_db()
        assert other.status == "asked"

    def test_the_desk_sees_all_and_answers_none(
        self, claimed, ask, finance, coordinator, client_of, api_of
    ):
        rows = [ask(claimed()), ask(claimed(), department=finance)]
        text = client_of(coordinator).get("/handoffs/").content.decode()
        assert all(f"handoff-{row.pk}" in text for row in rows)
        assert "Accept</button>" not in text
        assert post(api_of(coordinator), rows[0], "reject", {"reason": "x"}).status_code == 403
        reply = client_of(coordinator).post(f"/handoffs/{rows[0].pk}/done/")
        assert reply.status_code == 403

    def test_reps_see_none(self, claimed, ask, rep, client_of, api_of, order):
        ask(claimed())
        assert client_of(rep).get("/handoffs/").status_code == 403
        assert client_of(rep).get(f"/handoffs/for-order/{order.pk}/").status_code == 403
        assert api_of(rep).get("/api/handoffs/").status_code == 403

    def test_a_member_without_department_sees_none(
        self, role_groups, claimed, ask, client_of, api_of
    ):
        ask(claimed())
        lost = factories.member(Role.DEPARTMENT)
        assert "Nothing is waiting" in client_of(lost).get("/handoffs/").content.decode()
        assert api_of(lost).get("/api/handoffs/").json()["results"] == []


class TestOrders:
    def test_go_to_logistics_and_out_of_the_house(
        self, order, logistics, page, coordinator, client_of
    ):
        desk = client_of(coordinator)
        form = {"idempotency_key": "k"}
        for _ in range(2):
            desk.post(f"/handoffs/for-order/{order.pk}/ask/", form)
        asked = HandOff.objects.get()
        order.refresh_from_db()
        assert order.status == "handed_off"
        assert order.number in page.get("/handoffs/").content.decode()
        page.post(f"/handoffs/{asked.pk}/accept/", {"promised_on": FAR.isoformat()})
        page.post(f"/handoffs/{asked.pk}/done/")
        order.refresh_from_db()
        assert order.status == "shipped"
        assert "Done" in desk.get(f"/handoffs/for-order/{order.pk}/").content.decode()

    def test_come_back_when_logistics_say_no(self, order, page, ask):
        asked = ask(order=order)
        page.post(f"/handoffs/{asked.pk}/reject/", {"reason": "No truck"})
        order.refresh_from_db()
        assert order.status == "confirmed"

    def test_the_request_follows_its_order(self, order, asked, ask, page, coordinator, now):
        row = asked(data={"question": "?"})
        services.claim(row, by=coordinator, at=now)
        row.order = order
        row.save()
        handoff = ask(order=order)
        row.refresh_from_db()
        assert row.party == "logistics"
        page.post(f"/handoffs/{handoff.pk}/accept/", {"promised_on": FAR.isoformat()})
        row.refresh_from_db()
        assert row.party == "desk"

    def test_an_order_that_is_not_confirmed_is_refused_on_the_page(
        self, account, logistics, coordinator, client_of, now
    ):
        draft = orders.create_draft(account, lines=[], by=coordinator, at=now)
        reply = client_of(coordinator).post(f"/handoffs/for-order/{draft.pk}/ask/", follow=True)
        assert "c-bad" in reply.content.decode()
        assert not HandOff.objects.exists()

    def test_without_logistics_the_desk_is_told_whom_to_ask(self, order, coordinator, client_of):
        reply = client_of(coordinator).post(f"/handoffs/for-order/{order.pk}/ask/", follow=True)
        assert "There is no logistics department yet." in reply.content.decode()


class TestThePage:
    def test_holds_fifty_soonest_due_first_and_leads_on(self, page, claimed, ask, now):
        rows = [ask(claimed(), at=now + timedelta(minutes=n // 2)) for n in range(60)]
        first = page.get("/handoffs/")
        assert len(first.content) < 200_000
        shown = [row["pk"] for row in first.context["page"].rows]
        assert shown == [row.pk for row in rows[:50]]
        second = page.get("/handoffs/", {"after": first.context["page"].next})
        assert [row["pk"] for row in second.context["page"].rows] == [r.pk for r in rows[50:]]
        assert second.context["page"].next == ""

    @pytest.mark.parametrize("status", HandOff.Status)
    def test_is_filtered_by_status(self, status, page, claimed, ask, logistics_member):
        rows = {status: ask(claimed()) for status in HandOff.Status}
        at, day = timezone.now(), {"promised_on": FAR}
        who = {"by": logistics_member, "at": at}
        services.accept_handoff(rows["accepted"], **day, **who)
        services.accept_handoff(rows["done"], **day, **who)
        services.finish_handoff(rows["done"], **who)
        services.reject_handoff(rows["rejected"], reason="No", **who)
        services.withdraw_handoff(rows["withdrawn"], **who)
        shown = page.get("/handoffs/", {"status": status}).context["page"].rows
        assert [row["pk"] for row in shown] == [rows[status].pk]
        unfinished = page.get("/handoffs/").context["page"].rows
        assert {row["pk"] for row in unfinished} == {rows["asked"].pk, rows["accepted"].pk}

    def test_an_answer_leads_back_to_the_same_filter(self, page, claimed, ask):
        asked = ask(claimed())
        reply = page.post(f"/handoffs/{asked.pk}/reject/?status=asked", {"reason": "No"})
        assert reply["Location"] == "/handoffs/?status=asked"

    @pytest.mark.parametrize(
        "query", ["status=moon", "after=x", "after=W10", "status=%00", "after=WyJ4IiwxXQ"]
    )
    def test_an_odd_address_is_no_error(self, page, claimed, ask, query):
        ask(claimed())
        assert page.get(f"/handoffs/?{query}").status_code == 200
