"""Names of what figures are cut by."""

from collections.abc import Iterable, Mapping

from comms.models import PORTAL
from crm.models import Account
from desk.models import Priority, RequestType
from kpis.definitions import Kpi
from kpis.models import NONE
from people.models import Department, Team, User

CHANNELS = {PORTAL: "Portal", "mail": "Mail", "slack": "Slack", "teams": "Teams"}


def teams() -> dict[int, str]:
    return dict(Team.objects.order_by("name", "pk").values_list("pk", "name"))


def types(slug: str) -> dict[int, str]:
    """What "type" means for a KPI: request types, asked departments, or nothing."""
    if slug == "turnaround":
        return dict(RequestType.objects.order_by("position", "pk").values_list("pk", "name"))
    if slug == "response":
        return dict(Department.objects.order_by("name", "pk").values_list("pk", "name"))
    return {}


def people() -> dict[int, str]:
    """Every colleague, also those who left: their work is still counted."""
    return {user.pk: user.get_full_name() for user in User.objects.by_name()}


def priorities() -> dict[int, str]:
    return {int(value): str(label) for value, label in Priority.choices}


def of_cut(part: str, keys: Iterable[str], kpi: Kpi) -> Mapping[str, str]:
    """Labels of the keys of a cut; "" names those of nobody."""
    if part == "priority":
        return {str(key): label for key, label in priorities().items()}
    if part == "channel":
        return CHANNELS
    nobody = {"": "Nobody", str(NONE): "Nobody"}
    wanted = [int(key) for key in keys if key.isdecimal()]
    if part == "account":
        rows = Account.objects.filter(pk__in=wanted).values_list("pk", "name")
        return {"": "No account"} | {str(pk): name for pk, name in rows}
    if part in {"coordinator", "rep"}:
        found = User.objects.filter(pk__in=wanted)
        return nobody | {str(user.pk): user.get_full_name() for user in found}
    known = teams() if part == "team" else types(kpi.slug)
    none = "No team" if part == "team" else kpi.untyped
    return {"": none} | {str(key): label for key, label in known.items()}
