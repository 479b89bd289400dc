"""What changed between two texts: readable, and nothing of either lost."""

import random
from itertools import pairwise

import pytest

from kit.difference import between


def shown(before, after):
    return "".join(
        f"[{part.sign}{part.text}]" if part.sign else part.text for part in between(before, after)
    )


@pytest.mark.parametrize(("before", "after", "said"), [
    ("Hello Daniel", "Hello Daniel", "Hello Daniel"),
    ("Hello Daniel", "Dear Daniel", "[-Hello][+Dear] Daniel"),
    ("", "New", "[+New]"),
    ("Old", "", "[-Old]"),
    ("", "", ""),
    ("it left today", "it leaves tomorrow", "it [-left today][+leaves tomorrow]"),
    ("by {{due}}.\n\nBest\n{{me}}", "by {{due}} at last.\n\n{{me}}",
     "by {{due}}[+ at last].\n\n[-Best\n]{{me}}"),
    ("{{due}}", "{{me}}", "[-{{due}}][+{{me}}]"),
    ("one\r\ntwo", "one\ntwo", "one\ntwo"),
])  # fmt: skip
def test_it_is_said_word_by_word_and_changes_beside_one_another_are_one(before, after, said):
    assert shown(before, after) == said


def test_nothing_of_either_text_is_lost():
    rng = random.Random(7)
    for _ in range(300):
        before, after = (
            "".join(
                rng.choice(["a", "b", "c ", " ", "\n", "de"]) for _ in range(rng.randint(0, 40))
            )
            for _ in range(2)
        )
        parts = between(before, after)
        assert "".join(part.text for part in parts if part.sign != "+") == before
        assert "".join(part.text for part in parts if part.sign != "-") == after
        assert all(a.sign != b.sign for a, b in pairwise(parts))
