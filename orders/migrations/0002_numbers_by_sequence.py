"""Order and quote numbers come from sequences: no counting, no gap lock, never reused."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE orders_order_number START 20001",
            "DROP SEQUENCE orders_order_number",
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE orders_quote_number START 3001",
            "DROP SEQUENCE orders_quote_number",
        ),
    ]
