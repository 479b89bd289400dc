"""Make the virtual environment and install the locked requirements: `setup.py demo|dev`.

Runs on the machine's own python3, whatever its age, so it keeps to old syntax and says what is
missing in one line. A stamp in the environment makes the second run instant.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
FREE_BYTES = 700_000_000
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / (os.environ.get("VENV") or ".venv")
PYTHON = VENV / "bin" / "python"


class SetupError(Exception):
    """The message is one line that says what to do."""


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def newest_python():
    """This Python, or a newer one on the PATH when this one is too old."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return found
    raise SetupError(
        f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: install python3.11, "
        "or name another one: make PYTHON=/path/to/python3"
    )


def make_environment():
    if shutil.disk_usage(ROOT).free < FREE_BYTES:
        raise SetupError(f"The disk of {ROOT} is full: free 700 MB or more and try again.")
    if PYTHON.exists() and subprocess.call([str(PYTHON), "-c", ""]) == 0:
        return "there"
    python = newest_python()
    if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL):
        raise SetupError(
            "Python's venv module is missing: install it "
            "(on Debian or Ubuntu: apt install python3-venv) and try again."
        )
    subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=True)
    return "made"


def digest(name):
    return hashlib.sha256(lock(name).read_bytes()).hexdigest()


def lock(name):
    return ROOT / "requirements" / f"{name}.txt"


def install(name):
    for kind in (name, "dev"):  # dev holds all that demo does
        stamp = VENV / f"installed-{kind}"
        if stamp.exists() and stamp.read_text() == digest(kind):
            return "up to date"
    uv = shutil.which("uv")
    by_pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    by_pip.append("--no-compile")  # most of it is never used; what is compiles itself
    # The lock names everything that is needed: pip must not look for newer releases beside it.
    by_uv = [uv, "pip", "install", "-q", "--python", str(PYTHON)]
    for command in ([by_uv] if uv else []) + [by_pip]:
        done = subprocess.run(
            [*command, "--require-hashes", "--no-deps", "-r", str(lock(name))],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode == 0:
            break
    else:
        sys.stdout.write("\n" + done.stdout.decode(errors="replace"))
        raise SetupError("The packages could not be installed; the lines above say why.")
    (VENV / f"installed-{name}").write_text(digest(name))
    return "installed"


def step(number, label, work):
    began = time.time()
    sys.stdout.write(f"[{number}] {label} ... ")
    sys.stdout.flush()
    say(f"{work()} ({time.time() - began:.1f} s)")


def main(name):
    try:
        step("1/6", "Virtual environment", make_environment)
        step("2/6", "Packages", lambda: install(name))
    except SetupError as refusal:
        say(f"\n{refusal}")
        return 1
    except subprocess.CalledProcessError as fault:
        say(f"\nThe virtual environment could not be made: {fault}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
