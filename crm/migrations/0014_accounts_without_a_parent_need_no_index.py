"""Indexes of the parent and the territory of an account without the rows that have none: most."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: people go on working meanwhile

    dependencies = [("crm", "0013_custom_values_of_many_at_once")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                fields=["parent"], name="crm_account_of_parent", condition=Q(parent__isnull=False)
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                fields=["territory"],
                name="crm_account_of_territory",
                condition=Q(territory__isnull=False),
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="crm.account",
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="territory",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="accounts",
                to="crm.territory",
            ),
        ),
    ]
