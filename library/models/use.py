"""How material is used: one row for each time that it left the house, with what it was for."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Account
from library.models.material import Material


class What(models.TextChoices):
    SHARED = "shared", "Shared by link"
    SENT = "sent", "Sent with a message"


class Use(models.Model):
    """Material that a customer got. `account` and the subject say in which business."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="uses")
    what = models.CharField(max_length=10, choices=What)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="library_use_known", condition=Q(what__in=What.values)),
        ]
        indexes = [
            models.Index(fields=["material", "-at"], name="library_use_of_material"),
            models.Index(fields=["account", "at"], name="library_use_account"),
            models.Index(fields=["subject_type", "subject_id"], name="library_use_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.material_id}"
