"""The image and the compose file: read as data, then their commands run on this machine."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from coordinator.local import database
from tests.database import copy

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"}


class TestComposeFile:
    def test_has_all_that_the_portal_needs(self):
        assert set(SERVICES) == {*OURS, "postgres", "redis"}

    def test_secrets_are_required_and_have_no_default(self):
        text = (ROOT / "docker-compose.yml").read_text()
        ways = dict(re.findall(r"\$\{([A-Z_]+)(:[?-])", text))

        assert {name for name, way in ways.items() if way == ":?"} >= SECRETS
        assert not re.findall(r"\$\{[A-Z_]+\}", text), "an unset name would silently be empty"

    @pytest.mark.parametrize("name", ["web", "worker", "beat", "postgres", "redis"])
    def test_each_lasting_service_has_a_health_check_and_comes_back(self, name):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
        assert SERVICES[name]["restart"] == "unless-stopped"

    @pytest.mark.parametrize("name", ["web", "worker", "beat"])
    def test_programs_start_after_the_tables_stand(self, name):
        needs = SERVICES[name]["depends_on"]

        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["postgres"] == needs["redis"] == {"condition": "service_healthy"}

    @pytest.mark.parametrize("name", OURS)
    def test_programs_have_no_rights_they_do_not_need(self, name):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]

    def test_only_the_web_is_published_and_only_to_this_machine(self):
        published = {
            name: service["ports"] for name, service in SERVICES.items() if "ports" in service
        }

        assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}

    def test_what_must_last_is_on_volumes(self):
        assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
        assert SERVICES["web"]["volumes"] == ["data:/data"]
        assert set(COMPOSE["volumes"]) == {"data", "postgres"}

    def test_is_the_same_postgres_as_the_local_one(self):
        assert SERVICES["postgres"]["image"] == f"postgres:{database.layout.MAJOR}"


class TestDockerfile:
    def test_runs_as_nobody_special(self):
        assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"

    def test_installs_only_locked_packages_and_no_database(self):
        assert "--require-hashes" in DOCKERFILE
        assert "pgserver" not in (ROOT / "requirements/base.txt").read_text()

    def test_has_a_health_check_and_keeps_no_secret(self):
        assert "HEALTHCHECK" in DOCKERFILE
        assert not re.findall(r"^(?:ENV|ARG).*(?:SECRET|PASSWORD)", DOCKERFILE, re.MULTILINE)

    def test_serves_as_compose_does(self):
        command = " ".join(SERVICES["web"]["command"]).replace("=", " ")
        inside = re.search(r"^CMD \[(.+?)\]$", DOCKERFILE, re.MULTILINE | re.DOTALL)[1]

        assert sorted(re.findall(r'"([^"]+)"', inside)) == sorted(command.split())

    def test_leaves_out_tests_settings_and_data(self):
        left_out = (ROOT / ".dockerignore").read_text().split()

        assert {"tests", ".*", "docs", "bench"} <= set(left_out)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def filled(text, values):
    """What compose makes of `${NAME:?why}` and `${NAME:-default}`."""

    def put(match):
        name, way, other = match.groups()
        value = values.get(name, "")
        return value or (other if way == ":-" else pytest.fail(f"{name} is required"))

    return re.sub(r"\$\{([A-Z_]+)(:[?-])([^}]*)\}", put, text)


def soon(happened, seconds=40):
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


CHOSEN = {
    "SECRET_KEY": "compose-test-0f3a9c51b7e24d688a1d7c5e9b2f4a60-Qz!x#",
    "POSTGRES_PASSWORD": "unused",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "PORTAL_URL": "https://portal.example.com",
    "ALLOWED_HOSTS": "portal.example.com",
    "DEFAULT_FROM_EMAIL": "Sales desk <desk@example.com>",
}


def as_compose_gives(folder, port, redis_port):
    """The environment of the web service, with a database and a Redis of this machine."""
    given = SERVICES["web"]["environment"]
    return {name: filled(value, CHOSEN) for name, value in given.items()} | {
        "DATABASE_URL": database.ensure(folder / "postgres"),
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "PORTAL_DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "HEALTH_PORT": str(port),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "C_FORCE_ROOT": "1",
    }


@pytest.fixture(scope="module")
def machine(django_db_setup, of_this_run):
    """A real Postgres and a real Redis, and the environment that compose would give. The tables
    are those that this run has migrated already: `migrate` takes a minute on an empty database."""
    if shutil.which("redis-server") is None:
        pytest.skip("No redis-server: apt install redis-server.")
    folder = Path(tempfile.mkdtemp(prefix="portal-compose-"))
    folder.chmod(0o755)
    port, redis_port = free_port(), free_port()
    environment = as_compose_gives(folder, port, redis_port)
    (folder / "data").mkdir()
    kept = of_this_run / "database" / "empty.sql"
    if kept.exists():
        copy(kept, environment["DATABASE_URL"])
    redis = ["redis-server", "--port", str(redis_port), *SERVICES["redis"]["command"][1:]]
    migrate = SERVICES["migrate"]["command"]
    try:
        with run(redis, environment, folder), run(migrate, environment, folder) as migrated:
            assert migrated.wait(120) == 0, (folder / "log").read_text()
            yield folder, environment, port
    finally:
        database.stop(folder / "postgres")
        shutil.rmtree(folder)


@contextlib.contextmanager
def run(command, environment, folder):
    """A program of the compose file, in a group of its own, ended at the end."""
    with (folder / "log").open("ab") as log:
        program = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    try:
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGTERM)
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait(5)


def healthy(name, environment):
    check = SERVICES[name]["healthcheck"]["test"][1:]
    return (
        subprocess.run(
            check, cwd=ROOT, env=environment, check=False, capture_output=True
        ).returncode
        == 0
    )


class TestTheCommandsForReal:
    def test_settings_are_fit_for_production(self, machine):
        _, environment, _ = machine
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def test_a_debug_switch_would_be_found(self, machine):
        """The negative control of the test above."""
        _, environment, _ = machine
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env=environment | {"DEBUG": "1"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1

    def test_refuses_to_start_without_a_secret_key(self, machine):
        _, environment, _ = machine
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env=environment | {"SECRET_KEY": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "SECRET_KEY" in done.stderr

    def test_the_web_answers_and_its_health_check_tells_the_truth(self, machine):
        folder, environment, port = machine
        command = [
            part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in SERVICES["web"]["command"]
        ]
        assert not healthy("web", environment)
        with run(command, environment, folder):
            assert soon(lambda: healthy("web", environment)), (folder / "log").read_text()
            question = urllib.request.Request(
                f"http://127.0.0.1:{port}/readyz",
                headers={"Host": "portal.example.com", "X-Forwarded-Proto": "https"},
            )
            with urllib.request.urlopen(question, timeout=5) as answer:
                assert answer.status == 200

    def test_worker_and_beat_run_on_redis_and_their_health_checks_tell_the_truth(self, machine):
        folder, environment, _ = machine
        assert not healthy("beat", environment)
        assert not healthy("worker", environment)
        with (
            run(SERVICES["worker"]["command"], environment, folder),
            run(SERVICES["beat"]["command"], environment, folder) as beat,
        ):
            assert soon(lambda: healthy("worker", environment)), (folder / "log").read_text()
            assert soon(lambda: healthy("beat", environment)), (folder / "log").read_text()
            assert beat.poll() is None
