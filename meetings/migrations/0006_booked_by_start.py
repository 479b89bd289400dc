"""Booked meetings by their start: what comes, and what nobody said anything of yet."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("meetings", "0005_prep")]

    operations = [
        AddIndexConcurrently(
            "meeting",
            models.Index(
                fields=["starts_at", "id"],
                name="meetings_meeting_booked",
                condition=models.Q(status="booked"),
            ),
        ),
    ]
