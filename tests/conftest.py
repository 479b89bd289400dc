"""Fixtures that every test may use: people in their roles, clients, honest skips."""

import gc
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache, caches
from django.db import connections
from django.test import Client, TransactionTestCase

from people import roles
from people.models import Role
from tests import database, factories

# The settings have read it; programs that tests start shall not take it for theirs.
os.environ.pop("PYTEST_XDIST_WORKER", None)

# How fast a machine draws examples says nothing about the code.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")
REAL_CONNECT = socket.socket.connect
HERE = {"127.0.0.1", "::1", "localhost"}


def pytest_configure(config):
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop in one thread


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With CI=true a skip is a failure: nothing hides."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Skipped under CI=true: {report.longrepr}"


def pytest_collection_finish():
    """Six thousand tests are not looked through for garbage again and again: a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def no_outside_sockets(monkeypatch):
    """A test that talks to another machine fails."""

    def connect(self, address):
        if isinstance(address, tuple) and address[0] not in HERE:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        return REAL_CONNECT(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def of_this_run(tmp_path_factory):
    """A folder that all workers of this run see."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_TESTRUNUID" in os.environ else mine


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_modify_db_settings, django_db_keepdb, django_db_createdb,
    django_db_blocker, of_this_run,
):  # fmt: skip
    """As the plugin has it, but only the first worker migrates; the others copy its database."""
    again = django_db_keepdb and not django_db_createdb
    with django_db_blocker.unblock():
        made = database.ready(of_this_run / "database", again=again)
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            database.drop(made)


# The same in every test: they need not be made again after each. What a test has changed of the
# groups, `role_groups` sets right.
KEPT_TABLES = {
    "django_content_type", "auth_permission", "auth_group", "auth_group_permissions",
}  # fmt: skip


FEW_BYTES = 4_000_000  # of rows, with those that are dead


def empty_used_tables(self):
    """After a test with real transactions: empty the tables that have rows.

    Django empties all of them and makes all permissions again, which takes longer than most tests.
    """
    for name in self._databases_names(include_mirrors=False):
        connection = connections[name]
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        quoted = [connection.ops.quote_name(one) for one in tables if one not in KEPT_TABLES]
        with connection.cursor() as sql:
            asked = (
                f"SELECT '{one}', pg_relation_size('{one}') WHERE EXISTS (SELECT FROM {one})"
                for one in quoted
            )
            sql.execute(" UNION ALL ".join(asked))
            used = dict(sql.fetchall())
            sql.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            (all_powerful,) = sql.fetchone()
            if all_powerful and sum(used.values()) < FEW_BYTES:
                # A TRUNCATE makes a new file for each table and index, half a second for a few rows.
                # The replica's role leaves the triggers out: foreign keys and what is append-only.
                deletes = "; ".join(f"DELETE FROM {one}" for one in used)
                sql.execute(
                    f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
                )
            elif used:
                sql.execute(f"TRUNCATE {', '.join(used)} CASCADE")


TransactionTestCase._fixture_teardown = empty_used_tables


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """Mail, uploads and broker messages of a test stay in its own folder."""
    settings.WHITENOISE_USE_FINDERS = False
    settings.MAIL_DIR = tmp_path / "mail"
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.MEDIA_ROOT = tmp_path / "files"
    # What earlier tests knocked at counts for no later one: the doors without an account count.
    caches["counters"].clear()


@pytest.fixture
def now():
    """A Tuesday morning in Amsterdam."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def role_groups(db):
    roles.sync()
    cache.clear()


@pytest.fixture
def team(role_groups):
    return factories.TeamFactory(name="Rotterdam desk")


@pytest.fixture
def logistics(role_groups):
    return factories.DepartmentFactory(slug="logistics", name="Logistics", party="logistics")


@pytest.fixture
def rep(team):
    return factories.member(Role.REP, email="rep@example.com", name="Daniel Okafor", team=team)


@pytest.fixture
def coordinator(team):
    return factories.member(
        Role.COORDINATOR, email="coordinator@example.com", name="Marta Lindqvist", team=team
    )


@pytest.fixture
def manager(team):
    return factories.member(Role.MANAGER, email="manager@example.com", name="Helen Carr", team=team)


@pytest.fixture
def logistics_member(logistics):
    return factories.member(
        Role.DEPARTMENT, email="logistics@example.com", name="Yusuf Demir", department=logistics
    )


@pytest.fixture
def admin(team):
    return factories.member(Role.ADMIN, email="admin@example.com", name="Ada Admin", team=team)


@pytest.fixture
def client_of():
    """`client_of(user)`: a browser in which `user` is signed in."""

    def sign_in(user):
        client = Client()
        client.force_login(user, backend="people.accounts.OneQueryBackend")
        return client

    return sign_in


@pytest.fixture
def api_of():
    """`api_of(user)`: a client that sends a bearer token of `user` and JSON."""
    from django.utils import timezone
    from rest_framework.test import APIClient

    from people import services

    def make(user):
        token = services.make_token(user, name="test", by=user, at=timezone.now())
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return make


@pytest.fixture
def demo_company(transactional_db, of_this_run, folders, settings):
    """Halden Flow and its year, made by the first test that wants it."""
    from tests import company

    # Each worker has a key of its own; what one sealed in the tables, all must be able to open.
    settings.SECRET_KEY = "the key of the company that all workers of this run share"
    company.ready(of_this_run / "company")


@pytest.fixture(scope="session")
def real_data():
    """The folder of real files (REAL_DATA_DIR); tests that need it say so when it is not there."""
    folder = Path(os.environ.get("REAL_DATA_DIR", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"No real data at {folder}: set REAL_DATA_DIR.")
    return folder
