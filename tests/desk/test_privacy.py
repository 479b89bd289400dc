"""Who sees a request, who may act on it, and what the desk says among itself."""

import pytest

from desk import services
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


class TestWhoSees:
    def test_a_rep_of_another_team_finds_nothing(self, post, stranger, asked, client_of, api_of):
        row = asked()
        page, api = client_of(stranger), api_of(stranger)
        assert page.get(f"/requests/{row.pk}/").status_code == 404
        for verb in ("answer", "withdraw", "reopen", "claim", "say", "resolve"):
            assert page.post(f"/requests/{row.pk}/{verb}/", {"body": "x"}).status_code in {403, 404}
            assert post(api, row, verb, {"body": "x"}).status_code in {403, 404}
        assert api.get(f"/api/requests/{row.pk}/").status_code == 404
        assert api.get(f"/api/requests/{row.pk}/custody/").status_code == 404
        assert api.get("/api/requests/").json()["results"] == []
        row.refresh_from_db()
        assert row.status == "new"

    def test_a_rep_sees_the_own_team_but_acts_only_on_the_own(
        self, post, team, asked, client_of, api_of
    ):
        colleague = factories.member(Role.REP, team=team)
        row = asked()
        page, api = client_of(colleague), api_of(colleague)
        assert page.get(f"/requests/{row.pk}/").status_code == 200
        assert page.post(f"/requests/{row.pk}/withdraw/").status_code == 403
        assert post(api, row, "withdraw").status_code == 403
        assert post(api, row, "reopen").status_code == 403

    @pytest.mark.parametrize(
        "verb", ["claim", "release", "resolve", "duplicate", "priority", "hand-off",
                 "create-order", "create-meeting"],
    )  # fmt: skip
    def test_the_desks_own_verbs_are_not_for_reps(self, rep_page, asked, verb):
        row = asked()
        assert rep_page.post(f"/requests/{row.pk}/{verb}/", {"body": "x"}).status_code == 403

    @pytest.mark.parametrize(
        "verb", ["claim", "release", "ask", "reply", "resolve", "duplicate", "create-order",
                 "create-meeting"],
    )  # fmt: skip
    def test_nor_by_the_api(self, post, rep_api, asked, verb):
        assert post(rep_api, asked(), verb, {"body": "x"}).status_code == 403

    def test_a_department_member_sees_only_what_her_department_was_asked_about(
        self, logistics, logistics_member, asked, coordinator, now, client_of, api_of
    ):
        row, other = asked(), asked()
        for _ in range(2):
            services.ask_department(logistics, ask="Look", by=coordinator, at=now, request=row)
        page, api = client_of(logistics_member), api_of(logistics_member)
        assert page.get(f"/requests/{row.pk}/").status_code == 200
        assert page.get(f"/requests/{other.pk}/").status_code == 404
        assert [r["id"] for r in api.get("/api/requests/").json()["results"]] == [row.pk]


class TestInternalWords:
    """What the desk says among itself never reaches a rep."""

    SECRET = "The margin is 41 percent"

    @pytest.fixture
    def row(self, claimed, coordinator, now):
        row = claimed()
        services.note(row, body=self.SECRET, by=coordinator, at=now)
        services.reply(row, body="We look into it", by=coordinator, at=now)
        return row

    def test_are_read_by_the_desk(self, row, desk_page, desk_api):
        assert self.SECRET in desk_page.get(f"/requests/{row.pk}/").content.decode()
        bodies = [m["body"] for m in desk_api.get("/api/messages/").json()["results"]]
        assert self.SECRET in bodies

    def test_and_by_the_department_that_was_asked(
        self, row, logistics, logistics_member, coordinator, now, client_of
    ):
        services.ask_department(logistics, ask="Look", by=coordinator, at=now, request=row)
        text = client_of(logistics_member).get(f"/requests/{row.pk}/").content.decode()
        assert self.SECRET in text

    def test_but_never_by_a_rep_wherever_one_looks(self, row, team, rep, client_of, api_of):
        for reader in (rep, factories.member(Role.REP, team=team)):
            page, api = client_of(reader), api_of(reader)
            seen = [page.get(p) for p in (f"/requests/{row.pk}/", "/requests/", "/")]
            seen += [
                api.get(p)
                for p in ("/api/messages/", "/api/threads/", "/api/requests/",
                          f"/api/requests/{row.pk}/", f"/api/requests/{row.pk}/custody/")
            ]  # fmt: skip
            for reply in seen:
                assert reply.status_code == 200
                assert self.SECRET not in reply.content.decode()
            assert "We look into it" in seen[0].content.decode()
            assert page.get("/queue/changes/").status_code == 403
            assert api.get("/api/journal/").status_code == 403

    def test_nor_after_a_refusal(self, row, rep_page):
        for reply in (
            rep_page.post(
                f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "requester", "body": ""}
            ),
            rep_page.post(f"/requests/{row.pk}/reopen/", {"body": "x"}),
        ):
            assert reply.status_code in {409, 422}
            assert self.SECRET not in reply.content.decode()

    def test_a_note_is_no_first_response(self, claimed, desk_page):
        row = claimed()
        desk_page.post(
            f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "internal", "body": self.SECRET}
        )
        row.refresh_from_db()
        assert row.first_response_at is None
