import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: meetings go on being booked meanwhile

    dependencies = [
        ("meetings", "0006_booked_by_start"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="attendee",
            index=models.Index(
                django.db.models.functions.text.Upper("email"),
                condition=models.Q(("role", "guest")),
                name="meetings_attendee_guests",
            ),
        ),
    ]
