"""The portal's own Postgres: shared by all who use it, gone when the last of them is."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from coordinator.local import database, keeper, layout
from coordinator.local.layout import LocalDatabaseError

ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys
from pathlib import Path
from coordinator.local import database
print(database.ensure(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
as_root = pytest.mark.skipif(
    os.geteuid() != 0 and os.environ.get("CI") != "true", reason="needs root to be somebody else"
)


@pytest.fixture
def folder(monkeypatch):
    """A data folder that everybody may walk into."""
    monkeypatch.setenv("PORTAL_DB_FSYNC", "off")
    made = Path(tempfile.mkdtemp(prefix="portal-test-"))
    made.chmod(0o755)
    yield made / "data"
    for path in [made / "data", *made.glob("*/data")]:
        if path.exists():
            database.stop(path)
    shutil.rmtree(made)


@pytest.fixture
def use():
    """`use(folder)`: a program that uses the database until it is ended; `.url` is what it got."""
    programs = []

    def start(folder, **more):
        program = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **more,
        )
        programs.append(program)
        program.url = program.stdout.readline().strip()
        return program

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def rows(url, sql):
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def server_pid(folder):
    return int((folder / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])


def keeper_pid(folder):
    return int((folder / "keeper.lock").read_text())


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def soon(happened, seconds=15):
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class TestSharing:
    def test_two_commands_share_one_server(self, folder, use):
        first, second = use(folder), use(folder)

        started = "SELECT pg_postmaster_start_time()::text"
        assert rows(first.url, started) == rows(second.url, started)

    def test_eight_commands_at_once_start_one_server(self, folder):
        command = [sys.executable, "-m", "coordinator.local.database", "url"]
        environment = os.environ | {"PORTAL_DATA_DIR": str(folder)}
        racing = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(8)
        ]
        said = {program.communicate()[0] for program in racing}

        assert len(said) == 1
        assert {program.returncode for program in racing} == {0}
        starts = (folder / "postgres/postgres.log").read_text().count("starting PostgreSQL")
        assert starts == 1

    def test_data_survive_a_stop(self, folder, use):
        rows(use(folder).url, "CREATE TABLE kept AS SELECT 7 AS n")
        database.stop(folder)

        assert rows(use(folder).url, "SELECT n FROM kept") == [(7,)]

    def test_listens_on_a_private_socket_and_nowhere_else(self, folder, use):
        url = use(folder).url

        assert rows(url, "SHOW listen_addresses") == [("",)]
        assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700

    def test_sorts_the_same_everywhere(self, folder, use):
        found = rows(
            use(folder).url,
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = 'portal'",
        )
        assert found == [("b", "C.UTF-8", "UTF8")]

    def test_ignores_postgres_variables_of_the_person_who_starts_it(self, folder, use, monkeypatch):
        monkeypatch.setenv("PGPORT", "7777")
        monkeypatch.setenv("PGDATA", "/nowhere")
        monkeypatch.setenv("PGHOST", "elsewhere.example")

        assert rows(use(folder).url, "SELECT 1") == [(1,)]


class TestLife:
    def test_kill_9_of_the_last_user_leaves_no_orphan(self, folder, use):
        user = use(folder)
        server, owner = server_pid(folder), keeper_pid(folder)
        user.kill()

        assert soon(lambda: not alive(server) and not alive(owner))

    def test_stays_while_somebody_uses_it(self, folder, use):
        gone, stays = use(folder), use(folder)
        server = server_pid(folder)
        gone.kill()
        time.sleep(keeper.GRACE_SECONDS + 2)

        assert alive(server)
        assert rows(stays.url, "SELECT 1") == [(1,)]

    def test_kill_9_of_the_keeper_ends_postgres_too(self, folder, use):
        use(folder)
        server = server_pid(folder)
        os.kill(keeper_pid(folder), signal.SIGKILL)

        assert soon(lambda: not alive(server))

    def test_without_the_tie_to_its_parent_postgres_would_be_an_orphan(self, folder, use):
        """The negative control of the test above."""
        untied = (
            "import sys; from coordinator.local import keeper;"
            "keeper.die_with_parent = lambda number: None; keeper.main(sys.argv[1])"
        )
        place = layout.find(folder)
        database._make_cluster(place)
        subprocess.run([sys.executable, "-c", untied, str(folder)], cwd=ROOT, check=True)
        assert soon(lambda: database._answers(place))
        server = server_pid(folder)
        os.kill(keeper_pid(folder), signal.SIGKILL)
        time.sleep(1)

        assert alive(server)
        assert rows(use(folder).url, "SELECT 1") == [(1,)]  # the next command clears it away
        assert not alive(server)

    def test_the_next_command_starts_again_after_the_keeper_was_killed(self, folder, use):
        rows(use(folder).url, "CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(keeper_pid(folder), signal.SIGKILL)

        assert rows(use(folder).url, "SELECT n FROM kept") == [(7,)]

    def test_kill_9_of_postgres_brings_it_back_with_what_was_committed(self, folder, use):
        user = use(folder)
        rows(user.url, "CREATE TABLE kept AS SELECT 7 AS n")
        before = server_pid(folder)
        os.kill(before, signal.SIGKILL)

        assert soon(lambda: server_pid(folder) != before and database.status(folder)[:3] == "run")
        assert rows(user.url, "SELECT n FROM kept") == [(7,)]

    def test_kill_9_of_everything_at_once_loses_nothing_committed(self, folder, use):
        user = use(folder)
        rows(user.url, "CREATE TABLE kept AS SELECT 7 AS n")
        for pid in (keeper_pid(folder), server_pid(folder), user.pid):
            os.kill(pid, signal.SIGKILL)

        assert rows(use(folder).url, "SELECT n FROM kept") == [(7,)]

    def test_a_start_cut_short_leaves_no_half_database(self, folder, use):
        place = layout.find(folder)
        half = place.home / "cluster.new"
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")

        assert rows(use(folder).url, "SELECT 1") == [(1,)]
        assert not half.exists()


class TestRefusals:
    def test_a_folder_of_another_postgres_version(self, folder):
        place = layout.find(folder)
        place.cluster.mkdir()
        (place.cluster / "PG_VERSION").write_text("15\n")

        with pytest.raises(LocalDatabaseError, match=r"made by PostgreSQL 15.*brings 18.*move"):
            database.ensure(folder)

    def test_a_full_disk(self, folder, monkeypatch):
        monkeypatch.setattr(database, "FREE_BYTES", 10**18)

        with pytest.raises(LocalDatabaseError, match=r"disk of .* is full: free 200 MB"):
            database.ensure(folder)

    def test_a_disk_that_fills_up_on_the_way(self, folder, monkeypatch):
        place = layout.find(folder)
        said = "initdb: error: could not write: No space left on device"
        fake = ["sh", "-c", f"echo '{said}' >&2; exit 1"]

        with pytest.raises(LocalDatabaseError, match="is full"):
            database._run(place, fake)

    def test_a_missing_wheel(self, folder, monkeypatch):
        monkeypatch.setattr(layout, "WHEEL", "no_such_wheel")

        with pytest.raises(LocalDatabaseError, match="No PostgreSQL here: run `make demo`"):
            database.ensure(folder)

    def test_a_server_that_cannot_start_says_its_own_last_words(self, folder, use):
        use(folder)
        database.stop(folder)
        (layout.find(folder).cluster / "postgresql.conf").write_text("nonsense = 1\n")

        with pytest.raises(LocalDatabaseError, match=r"did not start: .*FATAL"):
            database.ensure(folder)

    def test_each_is_one_line_and_no_traceback(self, folder):
        place = layout.find(folder)
        place.cluster.mkdir()
        (place.cluster / "PG_VERSION").write_text("15\n")
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env=os.environ | {"PORTAL_DATA_DIR": str(folder), "DATABASE_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "PostgreSQL 15" in done.stderr


class TestPlaces:
    def test_a_path_too_long_for_a_socket(self, folder, use):
        deep = folder / ("x" * 60) / ("y" * 60)
        deep.mkdir(parents=True)
        user = use(deep)
        try:
            assert rows(user.url, "SELECT 1") == [(1,)]
            assert layout.find(deep).socket_dir.parent == Path("/tmp")
        finally:
            database.stop(deep)
            shutil.rmtree(layout.find(deep).socket_dir)

    def test_a_socket_folder_that_somebody_else_made_first_is_refused(self, tmp_path, monkeypatch):
        theirs = tmp_path / "socket"
        theirs.symlink_to(tmp_path)
        found = os.lstat(theirs)
        mine = layout.Account(found.st_uid + 1000, found.st_gid)
        os.lchown(theirs, 4321, 4321) if os.geteuid() == 0 else None

        with pytest.raises(PermissionError):
            layout.own_folder(theirs, mine)

    @as_root
    def test_root_runs_it_as_nobody(self, folder, use):
        use(folder)

        owner = Path(f"/proc/{server_pid(folder)}").stat().st_uid
        assert owner == pwd.getpwnam("nobody").pw_uid

    @as_root
    def test_below_a_folder_that_nobody_may_enter_it_moves_and_says_where(self, folder, use):
        closed = folder.parent / "closed"
        closed.mkdir(mode=0o700)
        user = use(closed / "data")
        home = (closed / "data/postgres").readlink()
        try:
            assert rows(user.url, "SELECT 1") == [(1,)]
            assert home.parent == layout.ELSEWHERE
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
        finally:
            database.stop(closed / "data")
            shutil.rmtree(home)
            shutil.rmtree(closed)

    @as_root
    def test_programs_that_nobody_can_reach_are_copied(self, folder, use, monkeypatch):
        monkeypatch.setattr(layout, "reachable", lambda path, account: False)
        monkeypatch.setattr(layout, "ELSEWHERE", folder.parent)
        place = layout.find(folder)
        programs = layout.programs(place)

        assert programs.is_relative_to(place.home)
        said = subprocess.run(
            [programs / "initdb", "--version"], check=True, capture_output=True, text=True
        )
        assert "18" in said.stdout

    @as_root
    def test_an_ordinary_user_runs_it_as_herself(self, folder, use):
        games = pwd.getpwnam("games")
        folder.mkdir()
        os.chown(folder, games.pw_uid, games.pw_gid)
        user = as_user(games, folder)

        assert rows(user.url, "SELECT 1") == [(1,)]
        assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == games.pw_uid
        user.kill()
        user.communicate()
        assert soon(lambda: "not running" in database.status(folder))
        assert rows(use(folder).url, "SELECT 1") == [(1,)]  # root joins in as that user
        assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == games.pw_uid

    @as_root
    def test_an_ordinary_user_is_told_when_root_owns_the_data(self, folder, use):
        use(folder)
        stranger = as_user(pwd.getpwnam("games"), folder)
        _, said = stranger.communicate()

        assert stranger.returncode == 1
        assert said.count("\n") == 1
        assert "No permission" in said


def as_user(person, folder):
    """The same program run by somebody else; the launcher is copied to where they may read it."""
    away = folder.parent / "program"
    if not away.exists():
        shutil.copytree(ROOT / "coordinator/local", away / "coordinator/local")
        (away / "coordinator/__init__.py").touch()
        wheel = layout.importlib.util.find_spec(layout.WHEEL).submodule_search_locations[0]
        install = f"pginstall{layout.MAJOR}"
        shutil.copytree(f"{wheel}/{install}", away / layout.WHEEL / install)
        (away / layout.WHEEL / "__init__.py").touch()
        shutil.copytree(f"{wheel}.libs", away / f"{layout.WHEEL}.libs")
    program = subprocess.Popen(
        ["/usr/bin/python3", "-c", USER, str(folder)],
        cwd=away,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(away), "PORTAL_DB_FSYNC": "off"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        user=person.pw_uid,
        group=person.pw_gid,
        extra_groups=[],
    )
    program.url = program.stdout.readline().strip()
    return program
