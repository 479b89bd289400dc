"""Reports: the monthly leadership report said anew, its paper, and its pictures, at growing sizes.

    python -m bench.reports [REQUESTS ...]     default 10000 100000 1000000; writes bench/reports.json

The KPIs are counted first, as the follower would have. The limit beside "said" is the bare query of
the five headlines, which no report is below.
"""

import json
import os
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from bench.fill import fill
from bench.followups import figure
from bench.meetings import timed
from crm.models import Account
from desk.defaults import ensure_types
from kit.paper.report import chart_png
from kpis.queries.figures import overview
from kpis.queries.filters import Filters
from people import roles
from people.models import Role, Team, User, WorkingCalendar
from reports import periods, services, words
from reports.models import Edition, Report
from reports.queries.saying import Said, say

RUNS = 9
FLOOR_SAID, FLOOR_PAPER, FLOOR_PICTURE = 1500.0, 800.0, 200.0  # ms


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    roles.sync()
    manager, coordinator, team = prepare()
    services.ship(at=timezone.now(), zone="Europe/Amsterdam")
    report = Report.objects.get(shipped="monthly-leadership")
    account, _ = Account.objects.get_or_create(
        name="Bench", defaults={"created_at": timezone.now()}
    )
    rows = []
    for size in sizes:
        fill(size, account_id=account.pk, rep=coordinator, coordinator=coordinator, team=team)
        call_command("rebuild_kpis", verbosity=0)
        rows += measure(size, report, manager)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def prepare() -> tuple[User, User, Team]:
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    team, _ = Team.objects.get_or_create(name="Bench reports", defaults={"calendar": calendar})
    ensure_types(team)
    people = []
    for role in (Role.MANAGER, Role.COORDINATOR):
        user, _ = User.objects.get_or_create(
            email=f"{role}-reports@bench.example", defaults={"name": f"Bench {role}", "team": team}
        )
        user.groups.add(Group.objects.get(name=role))
        people.append(user)
    return people[0], people[1], team


def measure(size: int, report: Report, reader: User) -> list[dict]:
    now = timezone.now()
    start, end = periods.period(report, now)
    said = say(report, reader, now)
    paper = edition(report, said, now)
    charts = [block.chart for block in said.blocks if block.chart]
    name = f"monthly report of {len(said.blocks)} blocks"
    bare = timed(partial(overview, Filters(start, end)), RUNS)
    return [
        figure(f"{name}, said", size, timed(partial(say, report, reader, now), RUNS), "ms", bare,
               FLOOR_SAID, lower=True),
        figure(f"{name}, PDF", size, timed(partial(words.paper, paper), RUNS), "ms", None,
               FLOOR_PAPER, lower=True),
        figure("one chart as PNG", size, timed(partial(chart_png, charts[0]), RUNS), "ms", None,
               FLOOR_PICTURE, lower=True),
    ]  # fmt: skip


def edition(report: Report, said: Said, now: datetime) -> Edition:
    return Edition(
        report=report, title=report.name, start=said.start, end=said.end, zone=report.zone,
        made_at=now, blocks=[block.as_json() for block in said.blocks],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
