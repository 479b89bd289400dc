"""One screen, a paper, what is to be brought, and what is missing."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from meetings import services
from meetings.models import PrepItem
from meetings.prep import reading
from notices.models import Notice
from people.models import Role
from tests import factories


@pytest.fixture
def now():
    """The doors read the real clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def row(booked, now):
    return booked(starts_at=now + timedelta(days=2), at=now)


@pytest.fixture
def stranger(team):
    return factories.member(Role.REP, team=factories.TeamFactory())


class TestScreen:
    def test_says_who_they_are_and_what_happened(self, client_of, coordinator, row, order):
        page = client_of(coordinator).get(f"/meetings/{row.pk}/prep/").content.decode()
        for words in ("Head of purchasing", "Water", "SO-1", "Sales by month", "Credit left"):
            assert words in page

    def test_a_reader_gets_only_what_she_may_see(self, client_of, rep, row, order):
        page = client_of(rep).get(f"/meetings/{row.pk}/prep/").content.decode()
        assert "SO-1" in page
        assert "Credit left" not in page

    def test_nobody_else_finds_it(self, client_of, stranger, row):
        for path in ("prep/", "prep/pdf/", "materials/", "outcome/"):
            assert client_of(stranger).get(f"/meetings/{row.pk}/{path}").status_code == 404

    def test_a_broken_section_is_no_broken_page(self, client_of, coordinator, row, settings):
        settings.PREP_SECTIONS = {
            "tests.meetings.prep.test_packs.broken": "meetings.view_meeting"
        } | settings.PREP_SECTIONS
        reply = client_of(coordinator).get(f"/meetings/{row.pk}/prep/")
        assert reply.status_code == 200
        assert "could not be read" in reply.content.decode()

    def test_costs_the_same_with_more_to_read(
        self, client_of, coordinator, row, order, contact, rep, now, django_assert_max_num_queries
    ):
        from orders.models import Order

        client = client_of(coordinator)
        client.get(f"/meetings/{row.pk}/prep/")
        with django_assert_max_num_queries(80) as few:
            client.get(f"/meetings/{row.pk}/prep/")
        for n in range(5):
            factories.ContactFactory(account=contact.account)
            Order.objects.create(
                number=f"SO-2{n}", account=contact.account, rep=rep, placed_at=now, net=5
            )
        with django_assert_max_num_queries(len(few)):
            client.get(f"/meetings/{row.pk}/prep/")

    def test_the_paper_says_the_same(self, client_of, coordinator, row, order):
        reply = client_of(coordinator).get(f"/meetings/{row.pk}/prep/pdf/")
        assert reply["Content-Type"] == "application/pdf"
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(reply.content)).pages)
        for words in ("Prep pack", "Head of purchasing", "SO-1"):
            assert words in text

    def test_of_a_meeting_without_account_or_time(self, client_of, coordinator, asked):
        row = asked(title="Internal")
        for path in ("prep/", "prep/pdf/"):
            assert client_of(coordinator).get(f"/meetings/{row.pk}/{path}").status_code == 200


class TestPlan:
    def test_the_host_writes_goals_and_agenda(self, client_of, rep, row):
        client, url = client_of(rep), f"/meetings/{row.pk}/plan/"
        assert client.post(url, {"goals": "Win it", "agenda": "# Prices"}).status_code == 302
        row.refresh_from_db()
        assert (row.goals, row.agenda) == ("Win it", "# Prices")

    @pytest.mark.parametrize("wrong", [{"goals": "x" * 100_000}, {"agenda": "\0"}])
    def test_bad_input_is_422(self, client_of, rep, row, wrong):
        assert client_of(rep).post(f"/meetings/{row.pk}/plan/", wrong).status_code == 422

    def test_who_only_comes_may_not(self, client_of, team, row):
        other = factories.member(Role.REP, team=team)
        for path in ("plan/", "prep/make/", "materials/add/"):
            assert client_of(other).post(f"/meetings/{row.pk}/{path}").status_code == 403

    def test_a_cancelled_one_is_not_planned(self, client_of, coordinator, row, now):
        services.cancel(row, by=coordinator, at=now)
        client = client_of(coordinator)
        assert client.post(f"/meetings/{row.pk}/plan/", {"goals": "x"}).status_code == 409
        assert client.post(f"/meetings/{row.pk}/prep/make/").status_code == 409

    def test_is_made_by_hand_without_a_mail(self, client_of, rep, row):
        from comms.models import Delivery

        assert client_of(rep).post(f"/meetings/{row.pk}/prep/make/").status_code == 302
        row.prep_pack.refresh_from_db()
        assert (row.prep_pack.version, row.prep_pack.sent_version) == (1, 0)
        assert not Delivery.objects.filter(key__startswith="prep:").exists()


class TestMaterials:
    def test_begin_with_those_of_the_kind(self, asked, kind):
        row = asked(details=services.Details(kind=kind))
        assert [item.title for item in row.prep_items.order_by("position")] == kind.materials

    def test_the_owner_is_told_and_finds_it_in_her_list(
        self, client_of, rep, coordinator, stranger, row
    ):
        desk = client_of(coordinator)
        reply = desk.post(
            f"/meetings/{row.pk}/materials/add/",
            {"title": "Drawing", "owner": stranger.pk, "due_on": "2030-01-07"},
        )
        assert reply.status_code == 302
        item = PrepItem.objects.get()
        assert Notice.objects.get(kind="material").user == stranger
        hers = client_of(stranger)
        assert "Drawing" in hers.get("/meetings/prepare/").content.decode()
        ticked = hers.post(f"/meetings/materials/{item.pk}/tick/", {"back": "prepare"})
        assert ticked["Location"] == "/meetings/prepare/"
        item.refresh_from_db()
        assert item.done_by == stranger

    def test_are_changed_reopened_and_removed(self, client_of, rep, coordinator, row, now):
        item = services.add_item(row, title="Sample", by=coordinator, at=now)
        client, url = client_of(rep), f"/meetings/materials/{item.pk}/"
        assert "Sample" in client.get(f"{url}edit/").content.decode()
        client.post(f"{url}change/", {"title": "Two samples", "owner": rep.pk, "due_on": ""})
        client.post(f"{url}tick/")
        client.post(f"{url}tick/", {"done": "0"})
        item.refresh_from_db()
        assert (item.title, item.owner, item.done_at) == ("Two samples", rep, None)
        client.post(f"{url}remove/")
        assert not PrepItem.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": ""}, {"title": "x" * 201}, {"title": "\0"}, {"owner": "9" * 30},
            {"due_on": "2026-02-30"},
        ],
    )  # fmt: skip
    def test_bad_input_is_422(self, client_of, rep, row, wrong):
        body = {"title": "Sample"} | wrong
        assert client_of(rep).post(f"/meetings/{row.pk}/materials/add/", body).status_code == 422
        assert not PrepItem.objects.exists()

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_a_day_beyond_any_clock_is_no_500(self, client_of, rep, row, day):
        body = {"title": "Sample", "due_on": day}
        client = client_of(rep)
        assert client.post(f"/meetings/{row.pk}/materials/add/", body).status_code in {302, 422}
        assert client.get(f"/meetings/{row.pk}/materials/").status_code == 200

    def test_strangers_may_not_tick(self, client_of, stranger, rep, coordinator, row, now):
        item = services.add_item(row, title="Sample", by=coordinator, at=now)
        for verb in ("tick", "change", "remove"):
            reply = client_of(stranger).post(f"/meetings/materials/{item.pk}/{verb}/")
            assert reply.status_code == 404

    def test_a_double_submit_adds_one(self, client_of, rep, row):
        body = {"title": "Sample", "idempotency_key": "m-1"}
        for _ in range(2):
            client_of(rep).post(f"/meetings/{row.pk}/materials/add/", body)
        assert PrepItem.objects.count() == 1


class TestToPrepare:
    def test_says_what_is_missing(self, client_of, rep, coordinator, row, now):
        services.add_item(row, title="Sample", by=coordinator, at=now)
        page = client_of(rep).get("/meetings/prepare/").content.decode()
        for words in ("No agenda", "Nobody sees to some material", "Guest has not answered"):
            assert words in page

    def test_lists_only_what_the_reader_sees(self, client_of, stranger, row):
        assert row.title not in client_of(stranger).get("/meetings/prepare/").content.decode()

    def test_costs_the_same_with_more(
        self, client_of, coordinator, booked, row, now, django_assert_max_num_queries
    ):
        for n in range(4):
            booked(starts_at=now + timedelta(days=3, hours=n), at=now)
        client = client_of(coordinator)
        client.get("/meetings/prepare/")
        with django_assert_max_num_queries(10):
            client.get("/meetings/prepare/")


class TestApi:
    def test_gives_the_pack_as_json_and_pdf(self, api_of, rep, row, order):
        api = api_of(rep)
        codes = [section["code"] for section in api.get(f"/api/meetings/{row.pk}/prep/").data]
        assert "orders" in codes
        assert "payment" not in codes
        reply = api.get(f"/api/meetings/{row.pk}/prep/pdf/")
        assert reply.content.startswith(b"%PDF")

    def test_materials_are_added_changed_ticked_and_removed(self, api_of, rep, row):
        api, url = api_of(rep), f"/api/meetings/{row.pk}/materials/"
        made = api.post(url, {"title": "Sample"})
        assert made.status_code == 201
        one = f"{url}{made.data['id']}/"
        assert api.patch(one, {"title": "Two samples", "done": True}).data["done_by"] == rep.pk
        assert api.get(url).data[0]["title"] == "Two samples"
        assert api.delete(one).status_code == 204
        assert api.patch(one, {"done": True}).status_code == 404
        assert api.post(url, {"title": "x", "position": 4}).status_code == 400

    def test_who_only_sees_it_may_not_write(self, api_of, team, row):
        other = api_of(factories.member(Role.REP, team=team))
        assert other.post(f"/api/meetings/{row.pk}/materials/", {"title": "x"}).status_code == 403


class TestSuggestions:
    """What a library suggests, once there is one."""

    def test_stand_in_the_pack_and_beside_the_list(self, client_of, rep, row, settings):
        settings.PREP_MATERIAL = "tests.meetings.prep.test_pages.library"
        client = client_of(rep)
        assert "Brochure for Water" in client.get(f"/meetings/{row.pk}/materials/").content.decode()
        sections = reading.read(row, rep, timezone.now())
        material = next(one for one in sections if one.code == "material")
        assert [line.text for line in material.lines] == ["Brochure for Water"]

    def test_are_none_without_a_library(self, client_of, rep, row):
        assert (
            "Suggested" not in client_of(rep).get(f"/meetings/{row.pk}/materials/").content.decode()
        )


def library(meeting):
    from kit.briefing import Suggestion

    return [Suggestion(f"Brochure for {meeting.account.industry}", "Their industry", "/x/")]
