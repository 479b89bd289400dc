"""A year of requests, orders, quotes and meetings for the figures, by INSERT … SELECT."""

from django.contrib.auth.models import Group
from django.db import connection

from desk.models import RequestType, SlaPolicy
from journal import services as journal
from kpis.services.following import FOLLOWER
from people import roles
from people.models import Role, Team, User, WorkingCalendar

TEAMS, PEOPLE, ACCOUNTS = 4, 20, 1_000
EMPTY = """TRUNCATE desk_custodyspan, desk_handoff, desk_salesrequest, orders_order, orders_quotefamily,
    meetings_meeting, journal_entry, journal_cursor, kpis_rollup, kpis_requestfact, kpis_orderfact,
    kpis_issuefact, kpis_quotefact, kpis_turnfact, kpis_meetingfact, kpis_frozen, kpis_latefact CASCADE"""
ACCOUNT = """
INSERT INTO crm_account (name, tier, industry, currency, credit_hold, credit_hold_reason, street, postcode,
    city, region, country, phone, website, tax_number, is_active, created_at, updated_at)
SELECT 'Bench ' || i, 'standard', '', 'EUR', false, '', '', '', '', '', '', '', '', '', true, now(), now()
FROM generate_series(1, %(accounts)s - (SELECT count(*) FROM crm_account)) AS i
"""
PICKS = """(%(people)s::bigint[])[1 + i %% %(many)s] AS who, (%(teams)s::bigint[])[1 + i %% %(some)s] AS team,
    (%(types)s::bigint[])[1 + i %% %(kinds)s] AS type,
    (SELECT min(id) FROM crm_account) + i %% %(accounts)s AS account,
    now() - (%(rows)s - i) * interval '1 s' * (31536000.0 / %(rows)s) - interval '4 days' AS at"""
REQUESTS = f"""
INSERT INTO desk_salesrequest
  (type_id, subject, account_id, requester_id, team_id, holder_id, status, outcome, priority, data, source,
   party, party_since, submitted_at, first_response_at, first_resolved_at, resolved_at, closed_at, reopened,
   response_due_at, version, updated_at)
SELECT type, 'Request ' || i, account, who, team, who, 'done', 'resolved', 1 + i %% 4, '{{}}', 'bench', 'desk',
  at, at, at + (600 + i %% 7200) * interval '1 s', at + long, at + long, at + long, 0, at + interval '2 h', 1, at
FROM (SELECT i, (3600 + (i::bigint * 7919) %% 250000) * interval '1 s' AS long, {PICKS}
      FROM generate_series(1, %(rows)s) AS i) AS s
"""
SPANS = """
INSERT INTO desk_custodyspan (request_id, party, started_at, ended_at, calendar_seconds, business_seconds)
SELECT id, CASE n WHEN 0 THEN 'desk' ELSE 'customer' END,
    CASE n WHEN 0 THEN submitted_at ELSE submitted_at + (resolved_at - submitted_at) / 2 END,
    CASE n WHEN 0 THEN submitted_at + (resolved_at - submitted_at) / 2 ELSE resolved_at END,
    extract(epoch FROM resolved_at - submitted_at) / 2, extract(epoch FROM resolved_at - submitted_at) / 8
FROM desk_salesrequest, generate_series(0, 1) AS n WHERE source = 'bench'
"""
ORDERS = f"""
INSERT INTO orders_order (number, account_id, rep_id, coordinator_id, team_id, status, po_number, currency, net,
    placed_at, confirmed_at, handed_off_at, shipped_at, promised_on, ship_name, ship_street, ship_postcode,
    ship_city, ship_country, hold_reason, source, version)
SELECT 'K-' || i, account, who, who, team, 'delivered', '', 'EUR', 100 + i %% 900, at, at, at + interval '3 h',
    at + (1 + i %% 6) * interval '1 day', (at + interval '4 days')::date, 'Bench', 'Pump Lane 1', '1', 'Leeds',
    'UK', '', 'bench', 1
FROM (SELECT i, {PICKS} FROM generate_series(1, %(rows)s) AS i) AS s
"""
QUOTES = f"""
INSERT INTO orders_quotefamily (number, account_id, rep_id, title, currency, amount, status, valid_until, sent_at,
    lost_reason, created_at)
SELECT 'KQ-' || i, account, who, 'Bench', 'EUR', 1000, CASE i %% 3 WHEN 0 THEN 'won' ELSE 'lost' END,
    (at + interval '30 days')::date, at, '', at
FROM (SELECT i, {PICKS} FROM generate_series(1, %(rows)s / 10) AS i) AS s
"""
ENTRIES = """
INSERT INTO journal_entry (at, action, actor_name, subject_type, subject_id, subject_name, account_id, data)
SELECT r.resolved_at, (ARRAY['desk.request.resolved', 'desk.request.claimed', 'desk.request.custody',
        'desk.request.responded', 'desk.request.tagged'])[n], 'Bench', 'desk.salesrequest', r.id, 'R', r.account_id,
    CASE n WHEN 1 THEN jsonb_build_object('met', r.id %% 5 > 0) ELSE '{}' END
FROM desk_salesrequest AS r, generate_series(1, 5) AS n WHERE r.source = 'bench';
INSERT INTO journal_entry (at, action, actor_name, subject_type, subject_id, subject_name, account_id, data)
SELECT o.handed_off_at, (ARRAY['orders.order.handed_off', 'orders.order.checked', 'orders.order.confirmed',
        'orders.order.shipped', 'orders.order.delivered'])[n], 'Bench', 'orders.order', o.id, 'SO', o.account_id, '{}'
FROM orders_order AS o, generate_series(1, 5) AS n WHERE o.source = 'bench'
"""
TODAY = """
INSERT INTO journal_entry (at, action, actor_name, subject_type, subject_id, subject_name, data)
SELECT now(), 'desk.request.tagged', 'Bench', 'desk.salesrequest', id, 'R', '{}'::jsonb
FROM (SELECT id FROM desk_salesrequest WHERE source = 'bench' ORDER BY id DESC LIMIT %(rows)s / 2 / %(each)s) AS r,
    generate_series(1, %(each)s)
UNION ALL
SELECT now(), 'orders.order.checked', 'Bench', 'orders.order', id, 'SO', '{}'::jsonb
FROM (SELECT id FROM orders_order WHERE source = 'bench' ORDER BY id DESC LIMIT %(rows)s / 2 / %(each)s) AS o,
    generate_series(1, %(each)s)
"""
NEWS = """
UPDATE desk_salesrequest SET resolved_at = now() - interval '1 h', first_resolved_at = now() - interval '1 h',
    closed_at = now() - interval '1 h'
WHERE id IN (SELECT id FROM desk_salesrequest WHERE source = 'bench' ORDER BY id DESC LIMIT %(rows)s / 2 / %(each)s);
UPDATE orders_order SET handed_off_at = now() - interval '1 h'
WHERE id IN (SELECT id FROM orders_order WHERE source = 'bench' ORDER BY id DESC LIMIT %(rows)s / 2 / %(each)s)
"""


def fill(rows: int) -> User:
    """Replace everything by `rows` requests and orders over the last year; returns who may look."""
    reader, values = _people(), {"rows": rows, "accounts": ACCOUNTS}
    staff = list(User.objects.order_by("pk").values_list("pk", flat=True)[:PEOPLE])
    teams = list(Team.objects.order_by("pk").values_list("pk", flat=True)[:TEAMS])
    types = list(RequestType.objects.order_by("pk").values_list("pk", flat=True))
    values |= {"people": staff, "many": len(staff), "teams": teams, "some": len(teams),
               "types": types, "kinds": len(types)}  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(EMPTY)
        for statement in (ACCOUNT, REQUESTS, SPANS, ORDERS, QUOTES, ENTRIES):
            sql.execute(statement, values)
        sql.execute("VACUUM ANALYZE")
    journal.skip_to_end(FOLLOWER)
    return reader


def entries_of_today(rows: int, each: int) -> None:
    """Requests and orders come to their end today, `rows` entries in all, `each` about one record."""
    with connection.cursor() as sql:
        sql.execute(NEWS, {"rows": rows, "each": each})
        sql.execute(TODAY, {"rows": rows, "each": each})


def _people() -> User:
    roles.sync()
    calendar, _ = WorkingCalendar.objects.get_or_create(name="Bench")
    for i in range(TEAMS):
        Team.objects.get_or_create(name=f"Bench {i}", defaults={"calendar": calendar})
    team = Team.objects.order_by("pk")[0]
    policy, _ = SlaPolicy.objects.get_or_create(name="Bench")
    for i in range(5):
        RequestType.objects.get_or_create(
            slug=f"bench-{i}", defaults={"name": f"Bench {i}", "policy": policy, "team": team}
        )
    for i in range(PEOPLE):
        User.objects.get_or_create(
            email=f"kpi{i}@bench.example", defaults={"name": f"Bench {i}", "team": team}
        )
    reader = User.objects.get(email="kpi0@bench.example")
    reader.groups.add(Group.objects.get(name=Role.MANAGER.value))
    return reader
