"""Tails tell good code from bad: no long file, no long function."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


def ours():
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return [
        ROOT / f
        for f in files
        if f.endswith((".py", ".css", ".js", ".html"))
        and "vendor/" not in f
        and "/migrations/" not in f
        and (ROOT / f).exists()
    ]


def too_long_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.name} has {length} lines"


def test_no_file_is_over_400_lines():
    long = {
        str(f.relative_to(ROOT)): n
        for f in ours()
        if (n := len(f.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_over_40_lines():
    found = [
        f"{f.relative_to(ROOT)}: {p}"
        for f in ours()
        if f.suffix == ".py"
        for p in too_long_functions(f.read_text())
    ]
    assert found == []


def test_a_long_function_would_be_found():
    """The negative control."""
    source = "def long():\n" + "    pass\n" * 41
    assert list(too_long_functions(source)) == ["long has 42 lines"]


@pytest.mark.parametrize("word", ["TODO", "FIXME"])
def test_nothing_is_left_for_later_in_the_code(word):
    me = Path(__file__)
    assert [str(f) for f in ours() if f != me and word in f.read_text()] == []
