"""Indexes, without stopping anybody's work."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followups", "0002_rules_in_the_browser")]

    operations = [
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("status", "draft")),
                fields=["due_at", "id"],
                name="followups_followup_drafts",
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                fields=["account_id", "-due_at", "-id"], name="followups_followup_account"
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(fields=["status", "-id"], name="followups_followup_status"),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                django.db.models.functions.text.Lower("recipient"),
                models.F("settled_at"),
                condition=models.Q(("status", "sent")),
                name="followups_followup_reader",
            ),
        ),
    ]
