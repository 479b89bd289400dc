"""Default-deny: every URL, as nobody and as each role; every POST without a CSRF token."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from people.models import Role
from tests import factories
from tests.answers import let_go

# What anybody may open, and why.
PUBLIC = {
    "healthz": "load balancers ask it",
    "readyz": "load balancers ask it",
    "api-schema": "asks for a token itself",
}
SIGN_IN = "sign-in/"  # allauth's own pages


def doors(patterns=None, prefix="", namespace=""):
    """(path with 1 for every argument, full name) of every URL of the project."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from doors(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern):
            yield plain(route), f"{namespace}{entry.name}"


def plain(route):
    """`orders/<int:pk>/` -> `/orders/1/`, and the same for the API's regular expressions."""
    import re

    route = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "1", route)
    route = re.sub(r"<int:\w+>", "1", route)
    route = re.sub(r"<slug:\w+>|<str:\w+>|<\w+>", "x", route)
    return "/" + route.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "")


def all_doors():
    return sorted({(path, name) for path, name in doors() if not path.startswith(f"/{SIGN_IN}")})


@pytest.fixture
def people(db, role_groups, team):
    return {role: factories.member(role, team=team) for role in Role}


def broken(people, doors_of, client_of):
    """Which doors answer these people with a 5xx: {"role method path": status}."""
    found = {}
    for role, user in people.items():
        client = client_of(user)
        client.raise_request_exception = False
        for path, _ in doors_of[role]:
            for method in ("get", "post"):
                answer = getattr(client, method)(path)
                let_go(answer)
                if answer.status_code >= 500:
                    found[f"{role} {method} {path}"] = answer.status_code
    return found


@pytest.mark.django_db
class TestDoors:
    def test_there_are_many(self):
        assert len(all_doors()) > 60

    def test_nobody_gets_in_anywhere_but_the_public_doors(self, client):
        open_to_nobody = {}
        for path, name in all_doors():
            for method in ("get", "post"):
                status = getattr(client, method)(path).status_code
                if status not in {301, 302, 401, 403, 404, 405} and name not in PUBLIC:
                    open_to_nobody[f"{method} {path}"] = status
        assert open_to_nobody == {}

    def test_someone_without_a_role_sees_no_data(self, client_of, team):
        """Signed in is not enough: the API refuses, pages of records refuse."""
        client = client_of(factories.UserFactory(team=team))
        for path, name in all_doors():
            if path.startswith("/api/") and name not in {"api-schema", "api-docs"}:
                assert client.get(path).status_code in {403, 404, 405}, path

    def test_nobody_meets_a_server_error(self, people, client_of):
        """Each door opened by one role in turn; the slow test has every role open every door."""
        roles = list(people.items())
        doors_of = {role: all_doors()[i :: len(roles)] for i, (role, _) in enumerate(roles)}
        assert broken(people, doors_of, client_of) == {}

    @pytest.mark.slow
    def test_no_role_meets_a_server_error(self, people, client_of):
        assert broken(people, dict.fromkeys(people, all_doors()), client_of) == {}

    def test_every_post_wants_a_csrf_token(self, people):
        client = Client(enforce_csrf_checks=True)
        client.force_login(
            people[Role.ADMIN], backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        accepted = {
            path: status
            for path, name in all_doors()
            if (status := client.post(path).status_code) < 400
        }
        assert accepted == {}

    def test_a_get_changes_no_row(self, people, client_of):
        """A crawl as administrator leaves the journal as it was."""
        from journal.models import Entry

        before = Entry.objects.count()
        client = client_of(people[Role.ADMIN])
        client.raise_request_exception = False
        for path, _ in all_doors():
            let_go(client.get(path))
        assert Entry.objects.count() == before


@pytest.mark.django_db
class TestHeaders:
    def test_pages_carry_a_strict_policy(self, client):
        policy = client.get("/sign-in/login/")["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy

    def test_private_pages_are_not_stored(self, coordinator, client_of):
        assert "no-store" in client_of(coordinator).get("/profile/")["Cache-Control"]

    def test_a_sign_in_does_not_send_people_elsewhere(self, client, rep):
        rep.set_password("a long enough password")
        rep.save()
        reply = client.post(
            "/sign-in/login/?next=//evil.example/",
            {"login": rep.email, "password": "a long enough password"},
        )
        assert reply.status_code == 302
        assert "evil" not in reply["Location"]
