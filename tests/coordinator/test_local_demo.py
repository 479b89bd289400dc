"""`make demo`: one line per problem, one Ctrl-C for all, nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coordinator.local import demo

ROOT = Path(__file__).resolve().parents[2]
PORTAL = """
import os, sys
from pathlib import Path
from coordinator.local import database, demo
folder = Path(sys.argv[1])
os.environ["DATABASE_URL"] = "none of ours"
tied = sys.argv[2] == "tied"
if not tied:
    demo.keeper.die_with_parent = lambda number: None
program = "import os, time; open(str(os.getpid()), 'w').close(); time.sleep(60)"
children = [
    demo.Child(name, ["python", "-c", f"import os; os.chdir({str(folder)!r}); {program}"],
               folder / f"{name}.log")
    for name in ("one", "two")
]
supervisor = demo.Supervisor(children, folder)
supervisor.listen()
supervisor.run(lambda: None, "http://127.0.0.1:9")
"""


@pytest.fixture
def portal(tmp_path):
    """`portal()`: a supervisor over two programs that do nothing."""
    running = []

    def start(kind="tied"):
        program = subprocess.Popen(
            [sys.executable, "-c", PORTAL, str(tmp_path), kind],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(program)
        assert soon(lambda: len(pids(tmp_path)) == 2)
        return program

    yield start
    for program in running:
        program.kill()
        program.communicate()
    for pid in pids(tmp_path):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def pids(folder):
    return {int(path.name) for path in folder.iterdir() if path.name.isdecimal()}


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


class TestTogether:
    def test_one_ctrl_c_ends_all(self, portal, tmp_path):
        program = portal()
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=15)

        assert program.returncode == 0
        assert "Stopped" in said
        assert not any(alive(pid) for pid in pids(tmp_path))

    def test_kill_9_of_the_parent_leaves_no_orphan(self, portal, tmp_path):
        portal().kill()

        assert soon(lambda: not any(alive(pid) for pid in pids(tmp_path)))

    def test_without_the_tie_there_would_be_orphans(self, portal, tmp_path):
        """The negative control of the test above."""
        portal("untied").kill()
        time.sleep(1)

        assert all(alive(pid) for pid in pids(tmp_path))

    def test_a_program_that_dies_is_started_again_and_named(self, portal, tmp_path):
        program = portal()
        first = pids(tmp_path)
        os.kill(min(first), signal.SIGKILL)

        assert soon(lambda: len(pids(tmp_path)) == 3)
        assert sum(alive(pid) for pid in pids(tmp_path)) == 2
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=15)
        assert "ended (signal 9); again in 1 s" in said

    def test_a_program_that_keeps_dying_is_given_more_and_more_time(self, tmp_path):
        child = demo.Child("broken", ["python", "-c", "raise SystemExit(3)"], tmp_path / "log")
        waits = []
        for _ in range(3):
            child.due = 0.0
            child.look()
            child.process.wait(10)
            child.look()
            waits.append(child.wait_seconds)

        assert waits == [1.0, 2.0, 4.0]


class TestRefusals:
    def test_a_taken_port_and_which_to_try(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            with pytest.raises(demo.DemoError, match=rf"Port {port} is taken.*PORT={port + 1}"):
                demo.free_port("127.0.0.1", str(port))

    def test_a_free_port_is_taken_as_it_is(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        assert demo.free_port("127.0.0.1", str(port)) == port

    @pytest.mark.parametrize("wish", ["http", "0", "65536", "-1", "80 80"])
    def test_what_is_no_port(self, wish):
        with pytest.raises(demo.DemoError, match="is no port"):
            demo.free_port("127.0.0.1", wish)

    def test_a_failing_step_shows_what_it_said(self, capsys):
        with pytest.raises(demo.DemoError, match=r"`manage\.py no_such_command` failed"):
            demo.manage(["no_such_command"])

        assert "no_such_command" in capsys.readouterr().out


def setup(folder, *arguments, python=sys.executable, **variables):
    """`scripts/setup.py` in a clone without an environment."""
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    return subprocess.run(
        [python, *arguments, str(folder / "scripts/setup.py"), "demo"],
        env={"PATH": "/usr/bin:/bin"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


class TestSetup:
    def test_names_the_missing_venv_module_and_the_package_that_has_it(self, tmp_path):
        bare = tmp_path / "bare"
        bare.mkdir()
        (bare / "ensurepip.py").write_text("raise ImportError\n")
        done = setup(tmp_path, PYTHONPATH=str(bare))

        assert done.returncode == 1
        assert "apt install python3-venv" in done.stdout.splitlines()[-1]
        assert "Traceback" not in done.stdout + done.stderr

    def test_names_a_python_that_is_too_old(self, tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", OLD, str(ROOT / "scripts/setup.py")],
            env={"PATH": str(tmp_path), "VENV": str(tmp_path / "venv")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Python 3.11 or newer is needed, this is 3.8.1" in done.stdout
        assert "Traceback" not in done.stderr

    def test_names_a_full_disk(self, tmp_path):
        script = tmp_path / "scripts/setup.py"
        setup(tmp_path, "-c", "")
        script.write_text(script.read_text().replace("700_000_000", "10**18"))
        done = subprocess.run(
            [sys.executable, str(script), "demo"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "is full: free 700 MB" in done.stdout.splitlines()[-1]

    def test_the_second_run_installs_nothing(self, tmp_path):
        for name in ("demo", "dev"):
            lock = (ROOT / f"requirements/{name}.txt").read_bytes()
            stamp = tmp_path / f".venv/installed-{name}"
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(demo.hashlib.sha256(lock).hexdigest())
        (tmp_path / ".venv/bin").mkdir()
        (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
        done = setup(tmp_path)

        assert done.returncode == 0
        assert "[2/6] Packages ... up to date" in done.stdout


OLD = """
import runpy, sys
sys.version_info, sys.version = (3, 8, 1), "3.8.1 (old)"
sys.argv = [sys.argv[1], "demo"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
