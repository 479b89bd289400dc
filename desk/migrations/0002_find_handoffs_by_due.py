"""Hand-offs in pages: the open ones by due, which each of them has; the others newest first."""

from django.db import migrations, models
from django.db.models import Q

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]

    operations = [
        Together(
            [
                migrations.AddIndex(
                    model_name="handoff",
                    index=models.Index(
                        fields=["due_at", "id"],
                        name="desk_handoff_open_by_due",
                        condition=Q(status__in=["asked", "accepted"]),
                    ),
                ),
                migrations.AddIndex(
                    model_name="handoff",
                    index=models.Index(fields=["status", "-id"], name="desk_handoff_status"),
                ),
                migrations.AddConstraint(
                    model_name="handoff",
                    constraint=models.CheckConstraint(
                        name="desk_handoff_open_is_due",
                        condition=~Q(status__in=["asked", "accepted"]) | Q(due_at__isnull=False),
                    ),
                ),
            ]
        )
    ]
