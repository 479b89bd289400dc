"""Which checks run, and how strictly."""

from datetime import datetime

from django.db import transaction

from journal import services as journal
from orders.checks import ALWAYS, REGISTRY
from orders.models import CheckSetting
from orders.services.errors import Unusable
from people.models import User


@transaction.atomic
def set_check(code: str, severity: str, *, by: User, at: datetime) -> None:
    """Switch a check off, or set whether it stops orders or only warns.

    :raises Unusable: for a check that we do not have, or that cannot be changed.
    """
    if code in ALWAYS or code not in {check.CODE for check in REGISTRY}:
        raise Unusable("That check cannot be changed.")
    if severity not in CheckSetting.Severity.values:
        raise Unusable("Choose how the check is to act.")
    row, _ = CheckSetting.objects.update_or_create(
        code=code, defaults={"severity": severity, "changed_at": at}
    )
    journal.record("orders.setting.changed", row, by=by, at=at, data={"severity": severity})
