"""Activities newest first, of everybody and of one person, and by words of what was said."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: people go on working meanwhile

    dependencies = [("crm", "0010_quality")]

    operations = [
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["at", "id"], name="crm_activity_newest"),
        ),
        RemoveIndexConcurrently(model_name="activity", name="crm_activity_at"),
        AddIndexConcurrently(
            model_name="activity",
            index=models.Index(fields=["by", "at", "id"], name="crm_activity_of_person"),
        ),
        RemoveIndexConcurrently(model_name="activity", name="crm_activity_by"),
        AddIndexConcurrently(
            model_name="activity",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("text", config="simple"),
                name="crm_activity_words",
            ),
        ),
    ]
