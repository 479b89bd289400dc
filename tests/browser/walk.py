"""Every page of the portal, for who may see it, with a year of data: axe finds nothing, nothing
sticks out, nothing is refused by the content security policy."""

import zlib

from coordinator.demo.people import SIGN_INS
from people.models import User
from tests.answers import let_go
from tests.browser import axe
from tests.browser.addresses import share


def is_page(client, path):
    """Whether this address gives the client a whole page."""
    answer = client.get(path)
    let_go(answer)
    whole = answer.status_code == 200 and not answer.streaming
    return whole and answer.content[:15].lower() == b"<!doctype html>"


# What each role has and others have not; administrators see all the rest.
FIRST = {
    "rep": ["/", "/requests/", "/requests/new/"],
    "department": ["/", "/handoffs/"],
    "manager": ["/kpis/"],
}
# On a desk by day, on a phone by night: the page is loaded once and measured twice. axe takes the
# longest, so each page is read by it in one of the two looks; the slow suite reads both.
LOOKS = (
    ({"width": 1440, "height": 900}, "light"),
    ({"width": 390, "height": 844}, "dark"),
)


def walk(page_of, client_of, *, part, whole=False):
    """What is wrong with the pages of a share, in both looks: axe, what sticks out, the console.

    `whole`: every page of a route, each read by axe in both looks; else two of a route, in one look.
    """
    people = {s.role.value: User.objects.get(email=s.email) for s in SIGN_INS}
    client = client_of(people["admin"])
    everything = [path for path in share(part, each=1000 if whole else 2) if is_page(client, path)]
    assert len(everything) > 45, everything
    wrong = []
    for role, user in people.items():
        page = page_of(user)
        axe.bring(page)
        own = everything if role == "admin" else FIRST.get(role, ["/", "/queue/"])
        for path in own:
            page.goto(path)
            look = zlib.crc32(path.encode()) % len(LOOKS)
            read = LOOKS if whole else LOOKS[look : look + 1]
            wrong += [f"{role} {path}: {line}" for line in seen(page, read)]
    return "\n".join(wrong)


def seen(page, read=LOOKS):
    """What is wrong with the page that is open; axe reads it in the looks of `read`."""
    found = []
    # Begin as the page before ended: resizing takes longest.
    first = page.viewport_size == LOOKS[0][0]
    for size, scheme in LOOKS if first else LOOKS[::-1]:
        if page.viewport_size != size:
            page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        lines = (axe.violations(page) if (size, scheme) in read else []) + sideways(page)
        found += [f"{size['width']} {scheme}: {line}" for line in lines]
    found += page.problems
    page.problems.clear()
    return found


def sideways(page):
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{over} px stick out"] if over > 0 else []
