from django.db import migrations

# A question to a colleague is told once more after a working day, and what was told is not told again.
RULE = """
INSERT INTO notices_reminderrule (asked, after_hours, most, is_active)
VALUES ('person', 8, 1, true) ON CONFLICT (asked) DO NOTHING
"""
WATCHES = """
INSERT INTO notices_turnwatch (turn_id, reminded, look_at)
SELECT t.id, 1, NULL FROM comms_turn t
WHERE t.closed_at IS NULL AND EXISTS (
    SELECT 1 FROM notices_notice n WHERE n.user_id = t.asked_user_id AND n.key = 'turn-waits:' || t.id)
ON CONFLICT (turn_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_reminders_and_escalation")]

    operations = [
        migrations.RunSQL(RULE, migrations.RunSQL.noop),
        migrations.RunSQL(WATCHES, migrations.RunSQL.noop),
    ]
