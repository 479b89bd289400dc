"""A whole log at once, in a few statements over what is staged.

The store works out waits and ways case by case, which a log without working hours does not need: the
database does it for all cases together, several times faster. A test holds the two to the same rows.
With working hours, whose seconds are no sum that SQL knows, the store does the work.
"""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from journal import services as journal
from kit import bulk
from people.models import User
from process.models import EventLog
from process.services import store

_TIDY: Final = "DROP TABLE IF EXISTS staged_step, staged_case"
_ACTIVITIES: Final = """
INSERT INTO process_activity (log_id, name)
SELECT %(log)s, activity FROM staged_event GROUP BY activity ORDER BY min(place)
ON CONFLICT DO NOTHING
"""
_STEPS: Final = """
CREATE TEMP TABLE staged_step AS
SELECT s.case_key, s.place AS line, s.at, s.resource, s.team, s.kind, a.id AS activity_id,
       row_number() OVER w - 1 AS place, lead(a.id) OVER w AS next_activity_id,
       coalesce(lead(s.resource) OVER w, '') AS next_resource,
       extract(epoch FROM lead(s.at) OVER w - s.at)::float8 AS wait
FROM staged_event s JOIN process_activity a ON a.log_id = %(log)s AND a.name = s.activity
WINDOW w AS (PARTITION BY s.case_key ORDER BY s.at, s.place)
"""
_CASES: Final = """
CREATE TEMP TABLE staged_case AS
SELECT nextval(pg_get_serial_sequence('process_case', 'id')) AS id, c.*
FROM (
    SELECT case_key, min(line) AS first, min(at) AS started_at, max(at) AS ended_at, count(*) AS steps,
           array_agg(activity_id ORDER BY place) AS path,
           coalesce((array_agg(team ORDER BY line) FILTER (WHERE team <> 0))[1], 0) AS team_id,
           coalesce((array_agg(kind ORDER BY line) FILTER (WHERE kind <> 0))[1], 0) AS type_id
    FROM staged_step GROUP BY case_key ORDER BY first
) AS c
"""
# The digest of a way is that of the store: its numbers with commas between.
_VARIANTS: Final = """
INSERT INTO process_variant (log_id, digest, activities, rework)
SELECT %(log)s, md5(array_to_string(path, ',')), path,
       (SELECT count(DISTINCT one) < count(*) FROM unnest(path) AS one)
FROM (SELECT DISTINCT path FROM staged_case) AS ways
ON CONFLICT DO NOTHING
"""
_WRITE_CASES: Final = """
INSERT INTO process_case (id, log_id, key, team_id, type_id, variant_id, started_at, ended_at, steps, rework,
                          seconds, business_seconds, digest)
SELECT c.id, %(log)s, c.case_key, c.team_id, c.type_id, v.id, c.started_at, c.ended_at, c.steps, v.rework,
       extract(epoch FROM c.ended_at - c.started_at)::float8,
       extract(epoch FROM c.ended_at - c.started_at)::float8,
       md5(concat_ws('|', c.case_key, v.digest, c.started_at, c.ended_at))
FROM staged_case c
JOIN process_variant v ON v.log_id = %(log)s AND v.digest = md5(array_to_string(c.path, ','))
ORDER BY c.id
"""
_WRITE_STEPS: Final = """
INSERT INTO process_step (log_id, case_id, place, activity_id, at, resource, party, next_activity_id,
                          next_resource, next_party, wait, business_wait)
SELECT %(log)s, c.id, s.place, s.activity_id, s.at, s.resource, '', s.next_activity_id, s.next_resource, '',
       s.wait, s.wait
FROM staged_step s JOIN staged_case c USING (case_key)
ORDER BY c.id, s.place
"""
_LOOKED_AT: Final = ("ANALYZE staged_step", "ANALYZE staged_case")
_KNOWN: Final = ("ANALYZE process_step", "ANALYZE process_case", "ANALYZE process_variant")
_SORTS: Final = "SET LOCAL work_mem = '64MB'"


@transaction.atomic
def fill(log: EventLog, *, by: User | None, at: datetime) -> None:
    """Write what is staged into a log that has no cases and no working hours."""
    EventLog.objects.select_for_update(no_key=True).get(pk=log.pk)
    key = {"log": log.pk}
    with connection.cursor() as sql:
        for statement in (_SORTS, _TIDY):
            sql.execute(statement)
        sql.execute(_ACTIVITIES, key)
        sql.execute("ANALYZE process_activity")
        sql.execute(_STEPS, key)
        sql.execute(_CASES)
        for statement in _LOOKED_AT:
            sql.execute(statement)
        sql.execute(_VARIANTS, key)
    cases, events = bulk.run(_WRITE_CASES, key), bulk.run(_WRITE_STEPS, key)
    with connection.cursor() as sql:
        for statement in (_TIDY, *(_KNOWN if events >= store.MANY else ())):
            sql.execute(statement)
    EventLog.objects.filter(pk=log.pk).update(
        cases=cases, events=events, version=F("version") + 1, changed_at=at
    )
    log.refresh_from_db(fields=["cases", "events", "version", "changed_at"])
    data = {"cases": cases, "events": events}
    journal.record("process.eventlog.filled", log, by=by, at=at, data=data)
