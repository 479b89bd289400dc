"""How many of a team have to be here."""

from datetime import datetime

from django.db import transaction

from journal import services as journal
from people.models import Team, User


@transaction.atomic
def set_minimum(team: Team, *, present: int, by: User, at: datetime) -> None:
    """Say how many people of the team have to work on a working day; 0 never warns."""
    team.refresh_from_db(from_queryset=Team.objects.select_for_update())
    before, team.minimum_present = team.minimum_present, present
    if before == present:
        return
    team.save(update_fields=["minimum_present"])
    journal.record(
        "people.team.changed", team, by=by, at=at, data={"minimum_present": [before, present]}
    )
