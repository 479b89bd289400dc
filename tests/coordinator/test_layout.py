"""The folders of the local database, made by whoever asks first."""

import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coordinator.local import layout

CALLERS = 8


@pytest.fixture
def folder():
    """A folder that everybody may walk into."""
    made = Path(tempfile.mkdtemp(prefix="portal-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_callers_at_once_find_the_same_folders(folder):
    """Without the lock around it, one of forty fails: its folder was made a moment ago."""
    ready = threading.Barrier(CALLERS)

    def look(place):
        ready.wait()
        return layout.find(place)

    with ThreadPoolExecutor(CALLERS) as pool:
        for number in range(40):
            found = list(pool.map(look, [folder / f"raced-{number}"] * CALLERS))
            assert len({place.home for place in found}) == 1
