import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: mail goes on leaving meanwhile

    dependencies = [
        ("comms", "0009_pictures_in_messages"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(fields=["status", "-id"], name="comms_delivery_status"),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                django.db.models.functions.text.Lower("recipient"),
                models.OrderBy(models.F("id"), descending=True),
                name="comms_delivery_recipient",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(fields=["created_at", "id"], name="comms_delivery_created"),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("bounce", ""), _negated=True),
                fields=["-id"],
                name="comms_delivery_bounced",
            ),
        ),
    ]
