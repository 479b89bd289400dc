from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: people go on working meanwhile

    dependencies = [("notices", "0004_summaries_for_a_moment")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                fields=["user", "about_type", "about_id", "-id"], name="notices_of_subject"
            ),
        ),
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                condition=models.Q(
                    ("escalate_at__isnull", False), ("waits_for_digest", True), _connector="OR"
                ),
                fields=["about_type", "about_id"],
                name="notices_to_settle",
            ),
        ),
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("escalate_at__isnull", False)),
                fields=["escalate_at", "id"],
                name="notices_to_escalate",
            ),
        ),
    ]
