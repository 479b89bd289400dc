"""Statements that name no website and no VAT number mean none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0008_lists_have_orders_indexed")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="tax_number",
            field=models.CharField(
                blank=True, db_default="", max_length=30, verbose_name="VAT number"
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="website",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
    ]
