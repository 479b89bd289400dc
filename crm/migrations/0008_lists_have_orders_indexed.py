"""The orders of lists that no index gave yet."""

import datetime
from decimal import Decimal

import django.db.models.functions.comparison
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: people go on working meanwhile

    dependencies = [("crm", "0007_custom_numbers_and_days_are_found")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(fields=["updated_at", "id"], name="crm_account_changed"),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(fields=["name", "id"], name="crm_contact_name"),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(fields=["updated_at", "id"], name="crm_contact_changed"),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(fields=["updated_at", "id"], name="crm_lead_changed"),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(fields=["updated_at", "id"], name="crm_deal_changed"),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "close_on",
                    models.Value(datetime.date(9999, 12, 31), output_field=models.DateField()),
                ),
                models.F("id"),
                condition=models.Q(("status", "open")),
                name="crm_deal_open_by_close",
            ),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "amount",
                    models.Value(
                        Decimal("-1"),
                        output_field=models.DecimalField(decimal_places=2, max_digits=14),
                    ),
                ),
                models.F("id"),
                condition=models.Q(("status", "open")),
                name="crm_deal_open_by_amount",
            ),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["stage_since", "id"],
                name="crm_deal_open_by_stage",
            ),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["name", "id"],
                name="crm_deal_open_by_name",
            ),
        ),
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "next_step_on",
                    models.Value(datetime.date(9999, 12, 31), output_field=models.DateField()),
                ),
                models.F("id"),
                condition=models.Q(("status", "open")),
                name="crm_deal_open_by_next",
            ),
        ),
    ]
