"""`.env.example` names exactly what the portal reads from its environment."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(
    r"""\benv(?:\.\w+)?\(\s*"([A-Z_]+)"|environ(?:\.get|\.setdefault)?[\[(]\s*"([A-Z_]+)\""""
)
# Set by make or the machine, not by people.
OF_THE_MACHINE = {
    "PATH",
    "DJANGO_SETTINGS_MODULE",
    "C_FORCE_ROOT",
    "MAKELEVEL",
    "HEALTH_PORT",
    "PYTEST_XDIST_WORKER",
}
# Told to programs by the one thing that knows them.
SOURCES = [ROOT / "coordinator/settings.py", *sorted((ROOT / "coordinator/local").glob("*.py"))]


def names_read():
    found = {
        first or second for source in SOURCES for first, second in READ.findall(source.read_text())
    }
    compose = (ROOT / "docker-compose.yml").read_text()
    return (found | set(re.findall(r"\$\{([A-Z_]+)", compose))) - OF_THE_MACHINE


def names_explained():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {match[1] for line in lines if (match := re.match(r"# ([A-Z_]+)=", line))}


def test_names_everything_that_is_read():
    assert names_read() - names_explained() == set()


def test_names_nothing_that_is_not_read():
    assert names_explained() - names_read() == set()


def test_the_search_finds_each_way_of_reading():
    """The negative control: without it, an empty set would equal an empty set."""
    assert {"SECRET_KEY", "REDIS_URL", "PORT", "POSTGRES_PASSWORD", "DEMO"} <= names_read()


def test_gives_no_secret_a_value():
    text = (ROOT / ".env.example").read_text()

    assert re.search(r"# SECRET_KEY=\n", text)
    assert re.search(r"# POSTGRES_PASSWORD=\n", text)
