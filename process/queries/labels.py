"""What teams, types and activities of a log are called."""

from desk.models import RequestType
from people.models import Team
from process.models import NONE, Activity, Case, EventLog
from process.queries.cache import remember
from process.queries.filters import Filters


def teams(log: EventLog) -> dict[int, str]:
    """The teams that have cases in the log."""
    names = dict(Team.objects.order_by("name", "pk").values_list("pk", "name"))
    return _present(_found(log)[0], names, "No team")


def types(log: EventLog) -> dict[int, str]:
    """The types of request that have cases in the log."""
    names = dict(RequestType.objects.order_by("position", "pk").values_list("pk", "name"))
    return _present(_found(log)[1], names, "No type")


def activities(log: EventLog) -> dict[int, str]:
    return dict(Activity.objects.filter(log=log).values_list("pk", "name"))


def _found(log: EventLog) -> tuple[set[int], set[int]]:
    def read() -> tuple[set[int], set[int]]:
        rows = Case.objects.filter(log=log).values_list("team_id", "type_id").distinct()
        pairs = list(rows)
        return {team for team, _ in pairs}, {kind for _, kind in pairs}

    return remember(log, "cuts", Filters(), read)


def _present(found: set[int], names: dict[int, str], nothing: str) -> dict[int, str]:
    known = {pk: name for pk, name in names.items() if pk in found}
    return {**known, NONE: nothing} if NONE in found else known
