"""What we count: facts, one row per thing, and daily rollups of them."""

from django.db import models


class RequestFact(models.Model):
    """A request as the turnaround KPI sees it; rewritten whenever its journal moves."""

    request_id = models.BigIntegerField(primary_key=True)
    type_id = models.BigIntegerField()
    team_id = models.BigIntegerField()
    submitted_at = models.DateTimeField()

    class Meta:
        permissions = [("view_kpis", "Can see the KPIs")]

    def __str__(self) -> str:
        return f"Request {self.request_id}"
