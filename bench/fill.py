"""Rows for measuring, by INSERT … SELECT: history is long, what is open is not."""

from datetime import UTC, datetime

from django.db import connection

from desk.models import RequestType
from people.models import Team, User

OPEN = 2_000
REQUESTS = """
INSERT INTO desk_salesrequest
  (type_id, subject, account_id, requester_id, team_id, holder_id, status, outcome, priority, data,
   source, party, party_since, submitted_at, first_response_at, first_resolved_at, resolved_at,
   reopened, due_at, response_due_at, version, updated_at)
SELECT %(type)s, 'Request about pump ' || i, %(account)s, %(rep)s, %(team)s,
  CASE WHEN i %% 2 = 0 OR i <= %(done)s THEN %(coordinator)s END,
  CASE WHEN i <= %(done)s THEN 'done' WHEN i %% 2 = 0 THEN 'claimed' ELSE 'new' END,
  CASE WHEN i <= %(done)s THEN 'resolved' ELSE '' END,
  3, '{}', 'bench', 'desk', at, at,
  CASE WHEN i <= %(done)s THEN at + (600 + i %% 7200) * interval '1 s' END,
  CASE WHEN i <= %(done)s THEN at + (3600 + i %% 90000) * interval '1 s' END,
  CASE WHEN i <= %(done)s THEN at + (3600 + i %% 90000) * interval '1 s' END,
  0, CASE WHEN i > %(done)s THEN %(now)s::timestamptz + (i %% 500) * interval '7 min' END,
  at + interval '2 h', 1, at
FROM (SELECT i, %(now)s::timestamptz - (%(rows)s - i) * interval '1 s' * (31536000.0 / %(rows)s) AS at
      FROM generate_series(1, %(rows)s) AS i) AS s
"""
SPANS = """
INSERT INTO desk_custodyspan (request_id, party, started_at, ended_at, calendar_seconds, business_seconds)
SELECT id, 'desk', submitted_at, resolved_at,
  extract(epoch FROM resolved_at - submitted_at), extract(epoch FROM resolved_at - submitted_at) / 4
FROM desk_salesrequest WHERE source = 'bench'
"""


def fill(rows: int, *, account_id: int, rep: User, coordinator: User, team: Team) -> None:
    """Replace the benchmark's requests by `rows` new ones over the last year, 2,000 of them open."""
    values = {
        "rows": rows,
        "done": rows - OPEN,
        "type": RequestType.objects.order_by("pk")[0].pk,
        "account": account_id,
        "rep": rep.pk,
        "coordinator": coordinator.pk,
        "team": team.pk,
        "now": datetime.now(UTC),
    }
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute(
            "TRUNCATE desk_custodyspan, desk_handoff, desk_salesrequest, journal_idempotencykey CASCADE"
        )
        sql.execute(REQUESTS, values)
        sql.execute(SPANS)
        sql.execute("VACUUM ANALYZE")
