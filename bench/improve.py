"""Suggestions: a whole run (read, test, guard, write) and the list, at growing sizes.

    python -m bench.improve [REQUESTS ...]      default 10000 100000 1000000; writes bench/improve.json

All requests lie within the 26 weeks that a run looks at: twelve types, four teams of eight, six
departments. Each has three custody spans, half have an answer; one type has a missing field, one
text is written again and again. The limit beside the run is a bare reading of the same spans.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.followups import figure
from desk.models import FormVersion, RequestType, SlaPolicy
from improve import services
from improve.detectors import REGISTRY
from improve.engine import examine
from improve.models import Run, Suggestion
from improve.period import Period
from improve.queries import lists
from people import roles
from people.models import Department, Role, Team, User, WorkingCalendar

TYPES, TEAMS, PEOPLE, DEPARTMENTS = 12, 4, 8, 6
FORM = [{"name": "need", "label": "What", "kind": "text", "required": True},
        {"name": "po", "label": "PO number", "kind": "text", "required": False},
        {"name": "where", "label": "Where", "kind": "text", "required": False}]  # fmt: skip
REQUESTS = """
INSERT INTO desk_salesrequest (type_id, subject, requester_id, team_id, holder_id, status, outcome, priority, data,
    source, party, party_since, submitted_at, first_resolved_at, resolved_at, reopened, version, updated_at)
SELECT (%(types)s::bigint[])[1 + i %% 12], 'Bench ' || i, %(rep)s, (%(teams)s::bigint[])[1 + i %% 4],
    (%(people)s::bigint[])[1 + (i * 7) %% 32], 'done', 'resolved', 3,
    jsonb_strip_nulls(jsonb_build_object('need', 'x', 'po', CASE WHEN (i / 12) %% 2 = 0 THEN 'PO' END)),
    'bench', 'desk', at, at, at + interval '3 days', at + interval '3 days', 0, 1, at
FROM generate_series(0, %(n)s - 1) AS i,
LATERAL (SELECT %(end)s::timestamptz - interval '1 day' - (i::float8 / %(n)s) * interval '178 days' AS at) t
RETURNING id
"""
SPANS = """
INSERT INTO desk_custodyspan (request_id, party, user_id, department_id, started_at, ended_at, calendar_seconds, business_seconds)
SELECT r.id, s.party, CASE s.party WHEN 'desk' THEN r.holder_id WHEN 'rep' THEN r.requester_id END,
    CASE s.party WHEN 'dept' THEN (%(departments)s::bigint[])[1 + r.id %% 6] END,
    r.submitted_at + s.n * interval '5 hours', r.submitted_at + (s.n + 1) * interval '5 hours', 18000,
    3600 + hashint8(r.id * 3 + s.n) %% 3000 + CASE WHEN s.party = 'dept' AND r.type_id = %(slow)s THEN 9000 ELSE 0 END
FROM desk_salesrequest r CROSS JOIN (VALUES (0, 'desk'), (1, 'rep'), (2, 'dept')) AS s(n, party)
WHERE r.source = 'bench' AND (s.party <> 'rep' OR abs(hashint8(r.id)) %% 100
    < CASE WHEN r.type_id = %(bad)s AND r.data->>'po' IS NULL THEN 60 ELSE 10 END)
"""
THREADS = """
INSERT INTO comms_thread (subject_type, subject_id, created_at)
SELECT 'desk.salesrequest', id, submitted_at FROM desk_salesrequest WHERE source = 'bench' AND id % 2 = 0
"""
MESSAGES = """
INSERT INTO comms_message (thread_id, author_id, author_name, by_person, visibility, body, at, address, channel)
SELECT t.id, r.holder_id, 'Bench', true, 'requester', CASE WHEN r.id %% 40 = 0 THEN %(text)s ELSE
    (SELECT string_agg(translate(md5(r.id || '-' || w), '0123456789', 'ghijklmnop'), ' ') FROM generate_series(1, 20) AS w) END,
    r.submitted_at + interval '2 hours', '', 'portal'
FROM comms_thread t JOIN desk_salesrequest r ON r.id = t.subject_id AND t.subject_type = 'desk.salesrequest'
WHERE r.source = 'bench'
"""
TEXT = (
    "The data sheet stands in the library under the number of the product, third tab, beside the certificate. "
    * 9
)


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    roles.sync()
    cast, rows = prepare(), []
    for size in sizes:
        fill(size, cast)
        rows += measure(size)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def prepare() -> dict:
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    teams = [
        Team.objects.get_or_create(name=f"Bench team {n}", defaults={"calendar": calendar})[0]
        for n in range(TEAMS)
    ]
    people = []
    for n in range(TEAMS * PEOPLE):
        user, _ = User.objects.get_or_create(
            email=f"improve{n}@bench.example",
            defaults={"name": f"Bench {n}", "team": teams[n % TEAMS]},
        )
        user.groups.set(user.groups.model.objects.filter(name=Role.COORDINATOR))
        people.append(user.pk)
    rep, _ = User.objects.get_or_create(email="improve-rep@bench.example", defaults={"name": "Rep"})
    departments = [
        Department.objects.get_or_create(
            slug=f"bench-{n}", defaults={"name": f"Bench department {n}", "calendar": calendar}
        )[0].pk
        for n in range(DEPARTMENTS)
    ]
    return {"types": types_of(teams), "teams": [team.pk for team in teams], "people": people, "rep": rep.pk,
            "departments": departments, "text": TEXT}  # fmt: skip


def types_of(teams: list[Team]) -> list[int]:
    policy, _ = SlaPolicy.objects.get_or_create(name="Bench")
    types = []
    for n in range(TYPES):
        kind, _ = RequestType.objects.get_or_create(
            slug=f"bench-{n}",
            defaults={
                "name": f"Bench {n}",
                "policy": policy,
                "team": teams[n % TEAMS],
                "form": FORM,
            },
        )
        FormVersion.objects.get_or_create(
            type=kind, version=1, defaults={"form": FORM, "made_at": timezone.now()}
        )
        types.append(kind.pk)
    return types


def fill(size: int, cast: dict) -> None:
    Suggestion.objects.all().delete()
    Run.objects.all().delete()
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("TRUNCATE desk_salesrequest, comms_thread CASCADE")
        sql.execute(REQUESTS, {**cast, "n": size, "end": timezone.now()})
        sql.execute(SPANS, {**cast, "bad": cast["types"][0], "slow": cast["types"][1]})
        sql.execute(THREADS, None)
        sql.execute(MESSAGES, cast)
        sql.execute("ANALYZE desk_salesrequest, desk_custodyspan, comms_thread, comms_message")


def measure(size: int) -> list[dict]:
    now = timezone.now()
    period = Period.before(now)
    bare = timed(lambda: bare_select(period))
    rows = []
    for code, detector in REGISTRY.items():
        rows.append(figure(f"{code}: read and test", size, timed(lambda d=detector, c=code: examine({c: d}, period)), "s",
                           None, 60.0 * max(1, size / 100_000), lower=True))  # fmt: skip
    services.ask_run(by=None, at=now)
    whole = timed(lambda: services.run_next(at=now))
    print(
        f"{size} requests: {Run.objects.get().raised} raised of {Run.objects.get().tested} tested"
    )
    rows.append(
        figure("whole run", size, whole, "s", bare, 60.0 * max(1, size / 100_000), lower=True)
    )
    looks = [
        timed(lambda: (lists.overview(at=now), lists.lines("open", at=now))) for _ in range(15)
    ]
    page = statistics.median(looks) * 1000
    return [*rows, figure("list of suggestions", size, page, "ms", None, 40.0, lower=True)]


def bare_select(period: Period) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT s.request_id, s.party, s.business_seconds FROM desk_custodyspan s"
            " JOIN desk_salesrequest r ON r.id = s.request_id WHERE r.submitted_at >= %s", [period.start],
        )  # fmt: skip
        sql.fetchall()


def timed(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
