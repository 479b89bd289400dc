"""Indexes of the pages, without stopping anybody's work."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followups", "0003_find_by_account_and_reader")]

    operations = [
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", False)),
                fields=["status", "-settled_at", "-id"],
                name="followups_followup_settled",
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                fields=["rule", "status", "-settled_at", "-id"], name="followups_followup_rule"
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                fields=["owner", "status", "-settled_at", "-id"], name="followups_followup_owner"
            ),
        ),
        AddIndexConcurrently(
            model_name="followup",
            index=models.Index(
                django.db.models.functions.text.Lower("recipient"),
                models.OrderBy(models.F("id"), descending=True),
                name="followups_followup_address",
            ),
        ),
    ]
