"""Canned answers from before are version 1, and belong to the colleague who made each, if the journal
knows one who is still here. Who was given an owner meanwhile keeps it."""

from django.db import migrations

OWNERS = """
UPDATE desk_cannedanswer a SET owner_id = made.actor_id
FROM (
  SELECT DISTINCT ON (subject_id) subject_id, actor_id FROM journal_entry
  WHERE subject_type = 'desk.cannedanswer' AND action = 'desk.setting.added'
  ORDER BY subject_id, at
) made JOIN people_user u ON u.id = made.actor_id AND u.is_active
WHERE made.subject_id = a.id AND a.owner_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0009_answers_have_owners_and_versions"),
        ("journal", "0005_a_name_can_be_taken_out"),
    ]

    operations = [migrations.RunSQL(OWNERS, migrations.RunSQL.noop)]
