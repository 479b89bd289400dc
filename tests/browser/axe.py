"""Runs axe-core (vendored, pinned by package-lock.json) in a page and says what it finds."""

from pathlib import Path

SOURCE = Path(__file__).parent / "vendor" / "axe.min.js"
# What passed is not brought over: it is a hundred times as much as what failed. Style sheets are not
# fetched a second time: only a rule about locked orientation asks for them, and sizes are set here.
RUN = """(within) => axe.run(within ?? document, {resultTypes: ["violations"], preload: false})
    .then((found) => found.violations)"""


def bring(page):
    """Have the script in every page that is opened here: for many pages faster than asking each."""
    page.add_init_script(path=SOURCE)


def violations(page, *, within=None):
    """Readable lines, one per rule broken; empty is what every page must give.

    The script goes in through the debugger, so the page's content security policy stays as it is.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(SOURCE.read_text())
    found = page.evaluate(RUN, within)
    return [
        f"{rule['id']}: {rule['help']}: "
        + "; ".join(f"{node['target']} {node['html'][:120]}" for node in rule["nodes"][:3])
        for rule in found
    ]
