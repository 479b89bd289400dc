"""Names of the teams and types that figures are cut by."""

from desk.models import RequestType
from people.models import Department, Team


def teams() -> dict[int, str]:
    return dict(Team.objects.order_by("name", "pk").values_list("pk", "name"))


def types(slug: str) -> dict[int, str]:
    """What "type" means for a KPI: request types, asked departments, or nothing."""
    if slug == "turnaround":
        return dict(RequestType.objects.order_by("position", "pk").values_list("pk", "name"))
    if slug == "response":
        return dict(Department.objects.order_by("name", "pk").values_list("pk", "name"))
    return {}
