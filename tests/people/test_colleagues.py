"""Administrators add people; who has a role may work, who has none may not."""

from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.models import RequestType
from journal.models import Entry
from people.models import Department, Role, Team, User
from tests import factories

NEW = {"name": "Nina Berg", "email": "Nina@Example.com", "in_roles": ["rep"], "is_active": "on"}


@pytest.fixture
def office(client_of, admin):
    return client_of(admin)


class TestPage:
    def test_a_new_person_gets_a_mail_with_a_link_to_set_a_password(self, office, team, client):
        assert office.post("/people/new/", NEW | {"team": team.pk}).status_code == 302
        nina = User.objects.get(email="nina@example.com")
        assert nina.groups.get().name == Role.REP
        assert not nina.has_usable_password()
        (sent,) = mail.outbox
        assert sent.to == ["nina@example.com"]
        link = next(w for w in sent.body.split() if "/sign-in/password/reset/key/" in w)
        page = client.get(link, follow=True)
        assert page.status_code == 200
        assert "password1" in page.content.decode()

    def test_reps_need_a_team_and_what_was_typed_stays(self, office):
        page = office.post("/people/new/", NEW)
        assert page.status_code == 422
        assert "Reps and coordinators belong to a team." in page.content.decode()
        assert "Nina Berg" in page.content.decode()
        assert not User.objects.filter(name="Nina Berg").exists()

    def test_an_address_belongs_to_one_person_whatever_its_case(self, office, team, rep):
        page = office.post("/people/new/", NEW | {"email": rep.email.upper(), "team": team.pk})
        assert page.status_code == 422
        assert User.objects.filter(email__iexact=rep.email).count() == 1

    def test_a_change_is_written_down(self, office, rep, team):
        body = {
            "name": "Dan",
            "email": rep.email,
            "in_roles": ["manager"],
            "team": team.pk,
            "is_active": "on",
        }
        assert office.post(f"/people/{rep.pk}/", body).status_code == 302
        data = Entry.objects.get(action="people.user.changed").data
        assert data == {"name": ["Daniel Okafor", "Dan"], "roles": ["rep", "manager"]}

    def test_who_may_not_sign_in_is_out_at_once(self, office, rep, team, client_of):
        browser = client_of(rep)
        assert browser.get("/").status_code == 200
        body = {"name": rep.name, "email": rep.email, "in_roles": ["rep"], "team": team.pk}
        office.post(f"/people/{rep.pk}/", body)
        assert browser.get("/").status_code == 302

    def test_the_last_administrator_stays(self, office, admin, team):
        body = {
            "name": admin.name,
            "email": admin.email,
            "in_roles": ["manager"],
            "team": team.pk,
            "is_active": "on",
        }
        page = office.post(f"/people/{admin.pk}/", body)
        assert "Nobody would be left to add people." in page.content.decode()
        assert admin.groups.get().name == Role.ADMIN

    @pytest.mark.parametrize("role", ["rep", "coordinator", "manager", "logistics_member"])
    def test_nobody_else_adds_people(self, client_of, request, role):
        browser = client_of(request.getfixturevalue(role))
        assert browser.post("/people/new/", NEW).status_code == 403

    def test_the_list_costs_the_same_for_few_and_many(self, office, team):
        office.get("/people/")
        costs = []
        for count in (3, 30):
            for _ in range(count):
                factories.member(Role.REP, team=team)
            with CaptureQueriesContext(connection) as queries:
                office.get("/people/")
            costs.append(len(queries))
        assert costs[0] == costs[1] <= 5


class TestSetUp:
    def test_makes_an_empty_portal_ready_and_may_run_again(self, db, client):
        call_command("set_up_portal", admin="boss@example.com", zone="Europe/Berlin")
        call_command("set_up_portal")
        assert Team.objects.get().calendar.zone == "Europe/Berlin"
        assert (Department.objects.count(), RequestType.objects.count()) == (4, 6)
        boss = User.objects.get()
        assert boss.has_perm("people.add_user")

    @pytest.mark.parametrize("options", [{"zone": "Mars/Base"}, {"admin": "nobody"}])
    def test_refuses_what_makes_no_sense(self, db, options):
        with pytest.raises(CommandError):
            call_command("set_up_portal", **options)
        assert Team.objects.count() == 0

    def test_the_guide_says_how(self):
        assert "set_up_portal" in (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
