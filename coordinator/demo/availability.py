"""The demo's rooms, and how its people like to be booked."""

from datetime import time, timedelta
from typing import Final

from coordinator.demo.stage import Year
from meetings.services import rooms, rules

# name, site, seats, equipment, zone
ROOMS: Final = (
    ("Harbour", "Rotterdam, 2nd floor", 8, ("Screen", "Camera", "Whiteboard"), "Europe/Amsterdam"),
    ("Lighthouse", "Rotterdam, ground floor", 4, ("Screen",), "Europe/Amsterdam"),
    ("Pump hall", "Leeds, works", 12, ("Test bench", "Screen"), "Europe/London"),
    ("Demonstration van", "Rotterdam", 2, ("Test pump", "Flow meter"), "Europe/Amsterdam"),
)  # fmt: skip
# weekday, from, to, what for
BLOCKS: Final = ((0, 9, 11, "Quotes of the week"), (3, 15, 17, "Reports"))


def set_up(year: Year) -> None:
    """Four rooms; buffers of every second rep, and two focus blocks of the first."""
    by, at = year.company.coordinators[0], year.now - timedelta(days=90)
    for name, site, seats, equipment, zone in ROOMS:
        rooms.add_room(
            name=name, site=site, seats=seats, equipment=equipment, zone=zone, by=by, at=at
        )
    for n, rep in enumerate(year.company.reps[::2]):
        rules.set_rules(
            rep, before_minutes=0, after_minutes=10, travel_minutes=(30, 45, 60)[n % 3],
            most_per_day=(None, 4, 5)[n % 3], desk_accepts=True, by=rep, at=at,
        )  # fmt: skip
    first = year.company.reps[0]
    for weekday, start, end, label in BLOCKS:
        rules.add_block(
            first, weekday=weekday, starts=time(start), ends=time(end), label=label, by=first, at=at
        )
