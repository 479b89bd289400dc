"""Whose deals are looked at."""

from dataclasses import dataclass

from django.db.models import QuerySet

from crm.models import Activity, Deal, DealQuerySet, Lead, Pipeline
from people.models import Team, User


@dataclass(frozen=True)
class Scope:
    """The deals that `user` may see, of a team, a pipeline, an owner; all of them where None."""

    user: User
    team: Team | None = None
    pipeline: Pipeline | None = None
    owner: User | None = None

    def deals(self) -> DealQuerySet:
        rows = Deal.objects.visible_to(self.user)
        if self.team is not None:
            rows = rows.filter(owner__team=self.team)
        if self.pipeline is not None:
            rows = rows.filter(pipeline=self.pipeline)
        if self.owner is not None:
            rows = rows.filter(owner=self.owner)
        return rows

    def leads(self) -> QuerySet[Lead]:
        rows = Lead.objects.visible_to(self.user)
        if self.team is not None:
            rows = rows.filter(owner__team=self.team)
        return rows.filter(owner=self.owner) if self.owner is not None else rows

    def activities(self) -> QuerySet[Activity]:
        """What people did; private notes count for nobody."""
        rows = Activity.objects.filter(is_private=False)
        if self.team is not None:
            rows = rows.filter(by__team=self.team)
        return rows.filter(by=self.owner) if self.owner is not None else rows
