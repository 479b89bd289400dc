"""Lock the requirements with hashes (`make lock`), or say whether they are in step (`--check`).

uv resolves for all supported Pythons at once; plain pip installs the result. The digest in each
file is of the lists in pyproject.toml, so that the check needs neither uv nor a network.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# dev first: the others take its versions, so that what is tested is what is shipped.
FILES = {"dev": ["local", "dev"], "demo": ["local"], "base": []}


def digest(extras: list[str]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {name: project["optional-dependencies"][name] for name in extras}
    text = json.dumps([project["requires-python"], sorted(project["dependencies"]), wanted])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def header(name: str) -> str:
    return (
        "# Locked by `make lock` from pyproject.toml; do not edit.\n"
        f"# lists: {digest(FILES[name])}\n"
    )


def compile_all() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("make lock needs uv: pip install uv")
        return 1
    for name, extras in FILES.items():
        target = ROOT / "requirements" / f"{name}.txt"
        target.parent.mkdir(exist_ok=True)
        command = [uv, "pip", "compile", "-q", "pyproject.toml", "--universal", "--generate-hashes"]
        command += ["--python-version", "3.11", "--no-header", "--no-annotate", "--upgrade"]
        command += [f"--extra={extra}" for extra in extras]
        if name != "dev":
            command.append("--constraint=requirements/dev.txt")
        made = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        target.write_text(header(name) + made.stdout)
        print(f"requirements/{name}.txt: {made.stdout.count('==')} packages")
    return 0


def check() -> int:
    stale = [
        name
        for name in FILES
        if not (ROOT / "requirements" / f"{name}.txt").read_text().startswith(header(name))
    ]
    for name in stale:
        print(f"requirements/{name}.txt is not in step with pyproject.toml: run `make lock`.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else compile_all())
