"""Facts that were written before say whose they are and when, without counting everything again."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

FILL = [
    """UPDATE kpis_requestfact AS f SET coordinator_id = coalesce(r.holder_id, 0),
        rep_id = r.requester_id, account_id = coalesce(r.account_id, 0), priority = r.priority,
        responded_at = r.first_response_at, first_resolved_at = r.first_resolved_at,
        resolved_at = CASE WHEN r.status = 'done' THEN r.resolved_at END, closed_at = r.closed_at
        FROM desk_salesrequest AS r WHERE r.id = f.request_id""",
    """UPDATE kpis_orderfact AS f SET coordinator_id = coalesce(o.coordinator_id, 0),
        rep_id = coalesce(o.rep_id, 0), account_id = o.account_id, placed_at = o.placed_at,
        shipped_at = o.shipped_at, handed_off_at = coalesce((SELECT min(e.at) FROM journal_entry AS e
            WHERE e.subject_type = 'orders.order' AND e.subject_id = o.id
                AND e.action = 'orders.order.handed_off'), o.handed_off_at)
        FROM orders_order AS o WHERE o.id = f.order_id""",
    """UPDATE kpis_issuefact AS f SET coordinator_id = coalesce(o.coordinator_id, 0),
        rep_id = coalesce(o.rep_id, 0), account_id = o.account_id,
        at = coalesce(i.resolved_at, i.found_at)
        FROM orders_orderissue AS i JOIN orders_order AS o ON o.id = i.order_id
        WHERE i.id = f.issue_id""",
    """UPDATE kpis_quotefact AS f SET rep_id = coalesce(q.rep_id, 0), account_id = q.account_id,
        sent_at = q.sent_at, rated = f.currency = 'EUR'
        FROM orders_quotefamily AS q WHERE q.id = f.quote_id""",
    """UPDATE kpis_turnfact AS f SET coordinator_id = coalesce(t.asked_user_id, 0),
        rep_id = t.asked_by_id, opened_at = t.opened_at, closed_at = t.closed_at,
        account_id = coalesce((SELECT r.account_id FROM desk_salesrequest AS r
            WHERE f.subject_type = 'desk.salesrequest' AND r.id = f.subject_id), 0)
        FROM comms_turn AS t WHERE t.id = f.turn_id""",
    """UPDATE kpis_meetingfact AS f SET coordinator_id = coalesce(m.scheduled_by_id, 0),
        rep_id = m.host_id, account_id = coalesce(m.account_id, 0), due_at = m.first_starts_at,
        agreed_at = m.agreed_at
        FROM meetings_meeting AS m WHERE m.id = f.meeting_id""",
]


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: people go on reading meanwhile

    dependencies = [
        ("kpis", "0003_whose_and_when"),
        ("comms", "0002_private_mails"),
        ("desk", "0005_desk_depth"),
        ("journal", "0002_initial"),
        ("meetings", "0003_meeting_desk"),
        ("orders", "0005_order_depth"),
    ]

    operations = [
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in FILL),
        AddIndexConcurrently(
            model_name="orderfact",
            index=models.Index(fields=["account_id"], name="kpis_order_account"),
        ),
        AddIndexConcurrently(
            model_name="orderfact", index=models.Index(fields=["rep_id"], name="kpis_order_rep")
        ),
        AddIndexConcurrently(
            model_name="requestfact",
            index=models.Index(fields=["account_id"], name="kpis_request_account"),
        ),
        AddIndexConcurrently(
            model_name="requestfact", index=models.Index(fields=["rep_id"], name="kpis_request_rep")
        ),
    ]
