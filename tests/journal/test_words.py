"""No timeline shows a code: every action that the product records has words."""

import re
from pathlib import Path

from journal.pages import WORDS, words

ROOT = Path(__file__).parents[2]
APPS = (
    "comms",
    "crm",
    "desk",
    "followups",
    "imports",
    "meetings",
    "notices",
    "announcements",
    "orders",
    "people",
    "tasks",
    "documents",
)
CODE = re.compile(
    r'"((?:comms|crm|desk|followups|imports|meetings|notices|announcements|orders|people|tasks|documents)\.[a-z]+\.[a-z_]+)"'
)


def recorded():
    """Codes that stand in services; those that a helper puts together are not among them."""
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            if "services" in str(file) and "/migrations/" not in str(file):
                yield from CODE.findall(file.read_text())


def test_every_recorded_action_has_words():
    assert len(set(recorded())) > 30
    assert set(recorded()) - set(WORDS) == set()


def test_an_unknown_action_is_still_readable():
    assert words("orders.parcel.left_the_house") == "Left the house"
