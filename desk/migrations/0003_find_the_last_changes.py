"""The queue's poll looks at the last changes of all requests: one that is done leaves the list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_find_handoffs_by_due")]

    operations = [
        migrations.RemoveIndex(model_name="salesrequest", name="desk_request_open_changed"),
        migrations.AddIndex(
            model_name="salesrequest",
            index=models.Index(fields=["-updated_at", "-id"], name="desk_request_changed"),
        ),
    ]
