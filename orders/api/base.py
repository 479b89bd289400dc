"""What every resource of orders shares."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from comms.services import Unsendable
from kit.api import Conflict, Refused
from orders import services
from orders.models import IllegalMove, QuoteMoveRefused
from people.models import User

READ, WRITE = "orders.view_order", "orders.change_order"
KEY: Final = r"[0-9]{1,18}"


@contextmanager
def refusals() -> Iterator[None]:
    """Expected refusals of services as 409 (state) and 422 (content)."""
    try:
        yield
    except (services.Conflicting, IllegalMove, QuoteMoveRefused) as refusal:
        raise Conflict(str(refusal), type(refusal).__name__.lower()) from refusal
    except services.intake.BadRows as refusal:
        rows: Any = [
            {"row": b.row, "column": b.column, "reason": b.reason} for b in refusal.problems
        ]
        raise serializers.ValidationError({"rows": rows}) from refusal
    except (services.Unusable, Unsendable) as refusal:
        raise Refused(str(refusal), type(refusal).__name__.lower()) from refusal


def named(rows: QuerySet[Any], name: str, pk: int | None) -> Any:
    """The row that a key in the body names; None for none.

    :raises ValidationError: if there is no such row.
    """
    if pk is None:
        return None
    row = rows.filter(pk=pk).first()
    if row is None:
        raise serializers.ValidationError({name: "There is no such row."})
    return row


def person(request: Request) -> User:
    """Who asks; the permissions let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def said(request: Request, shape: Any) -> dict[str, Any]:
    """The body, as `shape` allows it.

    :raises ValidationError: naming what is wrong in which key.
    """
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
