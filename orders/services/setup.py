"""What administrators set up in the browser: checks, rules, prices, discounts, taxes, rates."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

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


def keep(row: models.Model, *, by: User, at: datetime) -> None:
    """Write a validated row of the set-up.

    :raises Unusable: if it clashes with another one.
    """
    word = "added" if row.pk is None else "changed"
    try:
        with transaction.atomic():
            row.save()
            journal.record(f"orders.setting.{word}", row, by=by, at=at)
    except IntegrityError as clash:
        raise Unusable("There is one like this already, or its values contradict.") from clash


def remove(row: models.Model, *, by: User, at: datetime) -> None:
    """Take a row of the set-up away; what was priced or decided by it stays as it was.

    :raises Unusable: if something hangs on it.
    """
    try:
        with transaction.atomic():
            journal.record("orders.setting.removed", row, by=by, at=at)
            row.delete()
    except (IntegrityError, models.ProtectedError) as used:
        raise Unusable("Something hangs on it, so it stays.") from used
