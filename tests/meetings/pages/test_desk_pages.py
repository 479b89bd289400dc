"""Kinds, booking pages and links as the desk keeps them: in the browser and by API."""

import re
from datetime import timedelta

import pytest

from journal.models import Entry
from meetings.models import BookingPage, MeetingKind
from meetings.services import pages, self_booking
from meetings.services.refusals import BadPage
from tests import factories
from tests.meetings.pages.test_turns import FIRST

FORMSET = {"q-TOTAL_FORMS": "1", "q-INITIAL_FORMS": "0", "q-0-label": "", "q-0-kind": "text"}


@pytest.fixture
def typed(kind, rep):
    """What the form of a page carries."""
    return FORMSET | {
        "title": "Talk to us", "kind": kind.pk, "slug": "talk-to-us", "turns": "person",
        "hosts": [rep.pk], f"weight_{rep.pk}": "1", "notice_hours": "4", "days_ahead": "30",
        "step_minutes": "30", "frames": "",
    }  # fmt: skip


class TestKinds:
    def said(self, **fields):
        return {"name": "Plant visit", "minutes": "90", "mode": "visit", "before_minutes": "0",
                "after_minutes": "15", "materials": "Badges\n\n Safety shoes "} | fields  # fmt: skip

    def test_are_added_and_changed(self, client_of, coordinator):
        client = client_of(coordinator)
        assert client.post("/meetings/kinds/new/", self.said()).status_code == 302
        row = MeetingKind.objects.get()
        assert (row.minutes, row.materials) == (90, ["Badges", "Safety shoes"])
        client.post(f"/meetings/kinds/{row.pk}/", self.said(minutes="60"))
        row.refresh_from_db()
        assert row.minutes == 60
        assert [e.action for e in Entry.objects.about(row).order_by("pk")] == [
            "meetings.kind.added",
            "meetings.kind.changed",
        ]

    @pytest.mark.parametrize("wrong", [{"name": ""}, {"minutes": "4"}, {"minutes": "1e9"}, {"mode": "x"},
                                       {"video_url": "javascript:x"}, {"materials": "x\n" * 50}, {"agenda": "x" * 100_000}, {"name": "a\0b"}])  # fmt: skip
    def test_refuse_what_cannot_be(self, client_of, coordinator, wrong):
        assert (
            client_of(coordinator).post("/meetings/kinds/new/", self.said(**wrong)).status_code
            == 422
        )
        assert not MeetingKind.objects.exists()

    def test_two_of_one_name_are_refused_beside_the_field(self, client_of, coordinator, kind):
        answer = client_of(coordinator).post("/meetings/kinds/new/", self.said(name=kind.name))
        assert answer.status_code == 422
        assert "id_name-error" in answer.text

    def test_are_switched_off_and_on(self, client_of, coordinator, kind):
        client = client_of(coordinator)
        for on, state in (("0", False), ("0", False), ("1", True)):
            client.post(f"/meetings/kinds/{kind.pk}/switch/", {"on": on})
            kind.refresh_from_db()
            assert kind.is_active == state
        assert Entry.objects.filter(action__startswith="meetings.kind.switched").count() == 2

    def test_are_not_the_reps_to_change(self, client_of, rep, kind):
        assert client_of(rep).get("/meetings/kinds/").status_code == 403


class TestPages:
    def test_a_new_one_works_at_once(self, client_of, client, coordinator, typed):
        asks = {"q-0-label": "Which pump?", "q-0-kind": "choice", "q-0-choices": "VM\nES"}
        answer = client_of(coordinator).post("/meetings/pages/new/", typed | asks)
        assert answer.status_code == 302
        page = BookingPage.objects.get()
        assert page.questions == [
            {"label": "Which pump?", "kind": "choice", "required": False, "choices": ["VM", "ES"]}
        ]
        assert client.get("/book/talk-to-us/").status_code == 200

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"slug": ""}, "slug"), ({"slug": "a b"}, "slug"), ({"slug": "a\0"}, "slug"), ({"hosts": []}, "hosts"),
         ({"hosts": ["9" * 30]}, "hosts"), ({"turns": "team", "hosts": []}, "team"), ({"frames": "*"}, "frames"),
         ({"frames": "https://a.example; script-src *"}, "frames"), ({"frames": "javascript:x"}, "frames"),
         ({"notice_hours": "NaN"}, "notice_hours"), ({"days_ahead": "0"}, "days_ahead"), ({"kind": "0"}, "kind")],
    )  # fmt: skip
    def test_refuse_what_cannot_be_beside_the_field(
        self, client_of, coordinator, typed, wrong, field
    ):
        answer = client_of(coordinator).post("/meetings/pages/new/", typed | wrong)
        assert answer.status_code == 422
        assert f'id="id_{field}-error"' in answer.text
        assert not BookingPage.objects.exists()

    @pytest.mark.parametrize("weight", ["0", "11", "x", "1" * 5000, "٣"])
    def test_a_share_is_a_number_from_1_to_10(self, client_of, coordinator, typed, rep, weight):
        answer = client_of(coordinator).post(
            "/meetings/pages/new/", typed | {f"weight_{rep.pk}": weight}
        )
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        "q",
        [
            {"q-TOTAL_FORMS": "x"},
            {"q-TOTAL_FORMS": "99999"},
            {"q-0-label": "Q", "q-0-kind": "choice"},
        ],
    )
    def test_broken_questions_are_refused(self, client_of, coordinator, typed, q):
        assert client_of(coordinator).post("/meetings/pages/new/", typed | q).status_code == 422

    def test_an_address_is_given_once(self, client_of, coordinator, typed, page):
        answer = client_of(coordinator).post("/meetings/pages/new/", typed)
        assert answer.status_code == 422
        assert "Another page has this address." in answer.text

    def test_a_double_submit_is_one_page(self, client_of, coordinator, typed):
        client = client_of(coordinator)
        answers = [
            client.post("/meetings/pages/new/", typed | {"idempotency_key": "k"}) for _ in range(2)
        ]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert BookingPage.objects.count() == 1

    def test_change_with_their_form_filled_in(self, client_of, coordinator, typed, page, rep):
        client = client_of(coordinator)
        shown = client.get(f"/meetings/pages/{page.pk}/edit/").text
        assert 'value="talk-to-us"' in shown
        assert re.search(rf'value="{rep.pk}" checked', shown)
        client.post(f"/meetings/pages/{page.pk}/edit/", typed | {"title": "Ask us"})
        page.refresh_from_db()
        assert page.title == "Ask us"

    def test_list_counts_what_came_in_30_days(self, client_of, coordinator, page, visitor, now):
        for n in range(2):
            self_booking.book_on_page(
                page, visitor(n), starts_at=FIRST + timedelta(hours=n), at=now
            )
        text = client_of(coordinator).get("/meetings/pages/").text
        assert '<td class="r e" data-l="Booked">2</td>' in text

    def test_the_list_costs_the_same_with_many(
        self, client_of, coordinator, page_for, rep, django_assert_max_num_queries
    ):
        for n in range(8):
            page_for([rep], slug=f"page-{n}")
        client = client_of(coordinator)
        client.get("/meetings/pages/")
        with django_assert_max_num_queries(11):
            client.get("/meetings/pages/")

    def test_reps_copy_links_but_change_nothing(self, client_of, rep, page):
        client = client_of(rep)
        assert "/book/talk-to-us/" in client.get("/meetings/pages/").text
        assert client.get(f"/meetings/pages/{page.pk}/").status_code == 200
        assert client.get("/meetings/pages/new/").status_code == 403
        assert client.post(f"/meetings/pages/{page.pk}/withdraw/").status_code == 403

    def test_withdraw(self, client_of, coordinator, page):
        client_of(coordinator).post(f"/meetings/pages/{page.pk}/withdraw/")
        page.refresh_from_db()
        assert page.withdrawn_at
        with pytest.raises(BadPage):
            pages.keep_page(
                pages.PageDetails(title="x", kind=page.kind, hosts={1: 1}),
                by=coordinator,
                at=page.made_at,
                page=page,
            )

    def test_the_snippet_is_safe_to_paste(self, client_of, coordinator, page_for, rep):
        page = page_for([rep], title='"><b>x', frames=["https://www.example.com"])
        text = client_of(coordinator).get(f"/meetings/pages/{page.pk}/").text
        assert "&lt;iframe src=" in text
        assert "<b>x" not in text


class TestLinksForOneAccount:
    @pytest.fixture
    def account(self):
        return factories.AccountFactory(name="Northgate Water")

    @pytest.fixture
    def link(self, kind, rep, account, coordinator, now):
        details = pages.PageDetails(title="Review", kind=kind, hosts={rep.pk: 1})
        row, address = pages.make_link(details, account=account, by=coordinator, at=now)
        return row, re.sub(r"^https?://[^/]+", "", address)

    def test_are_shown_once(self, client_of, coordinator, typed, account):
        said = typed | {"account": account.name, "lasts_days": "30", "idempotency_key": "k"}
        client = client_of(coordinator)
        first = client.post("/meetings/pages/link/", said)
        assert re.search(r"/book/link/[\w-]{32}/", first.text)
        second = client.post("/meetings/pages/link/", said)
        assert second.status_code == 302
        assert BookingPage.objects.count() == 1

    def test_keep_only_a_digest(self, link):
        row, path = link
        assert path.split("/")[3] not in row.digest

    def test_book_once_for_the_account(self, link, sent, client, account):
        row, path = link
        assert sent(path, email="anybody@elsewhere.example").status_code == 302
        assert row.bookings.get().meeting.account == account
        assert client.get(path).status_code == 410
        assert sent(path, at="2026-11-26T12:00Z").status_code == 410

    def test_the_same_submit_twice_is_no_refusal(self, link, client):
        _, path = link
        shown = client.get(f"{path}?at=2026-11-26T09:00Z")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        said = hidden | {"name": "C", "email": "c@northgate.example"}
        assert [client.post(path, said).status_code for _ in range(2)] == [302, 302]

    def test_end(self, link, client, clock, now):
        _, path = link
        clock.move_to(now + timedelta(days=31))
        assert client.get(path).status_code == 410


class TestTheApi:
    def test_makes_kinds_pages_and_links(self, api_of, coordinator, rep):
        api = api_of(coordinator)
        kind = api.post("/api/meeting-kinds/", {"name": "Demo", "minutes": 30})
        assert kind.status_code == 201
        said = {
            "title": "Talk",
            "slug": "talk",
            "kind": kind.json()["id"],
            "hosts": [{"user": rep.pk}],
        }
        page = api.post("/api/booking-pages/", said)
        assert page.status_code == 201
        assert page.json()["address"].endswith("/book/talk/")
        del said["slug"]
        account = factories.AccountFactory()
        link = api.post("/api/booking-links/", said | {"account": account.pk})
        assert "/book/link/" in link.json()["address"]
        assert api.get(f"/api/booking-links/{link.json()['id']}/").json()["address"] == ""
        gone = api.post(f"/api/booking-pages/{page.json()['id']}/withdraw/", {})
        assert gone.json()["withdrawn_at"]

    def test_changes_one_thing_and_leaves_the_rest(self, api_of, coordinator, page, rep):
        answer = api_of(coordinator).patch(f"/api/booking-pages/{page.pk}/", {"title": "Ask"})
        assert (answer.status_code, answer.json()["slug"]) == (200, "talk-to-us")
        assert page.page_hosts.get().user == rep

    @pytest.mark.parametrize(
        "wrong",
        [
            {"slug": "talk-to-us"},
            {"hosts": []},
            {"frames": ["*;x"]},
            {"made_at": "2026-01-01T00:00Z"},
            {"kind": 2**70},
        ],
    )
    def test_refuses_what_cannot_be(self, api_of, coordinator, page, rep, wrong):
        said = {"title": "Talk", "slug": "talk", "kind": page.kind_id, "hosts": [{"user": rep.pk}]}
        answer = api_of(coordinator).post("/api/booking-pages/", said | wrong)
        assert answer.status_code in {400, 422}

    def test_is_closed_to_who_may_not(self, api_of, rep, page):
        api = api_of(rep)
        assert api.get("/api/booking-pages/").status_code == 200
        assert api.post("/api/booking-pages/", {}).status_code == 403
        assert api.post("/api/meeting-kinds/", {}).status_code == 403

    def test_offers_times_and_withdraws_them(self, api_of, coordinator, asked):
        api, meeting = api_of(coordinator), asked()
        starts = ["2026-11-26T09:00Z", "2026-11-26T13:00Z"]
        made = api.post(f"/api/meetings/{meeting.pk}/propose/", {"starts": starts})
        assert made.status_code == 201
        assert len(made.json()["times"]) == 2
        again = api.post(f"/api/meetings/{meeting.pk}/propose/", {"starts": starts})
        assert again.status_code == 422
        url = f"/api/meeting-proposals/{made.json()['id']}/"
        assert api.get(url).json()["state"] == "open"
        assert api.post(f"{url}withdraw/", {}).json()["state"] == "withdrawn"
        assert api.post(f"{url}withdraw/", {}).status_code == 409
