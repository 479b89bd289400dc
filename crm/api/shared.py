"""What the resources of records share: visible rows only, services called, refusals answered."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from crm import services
from crm.models import RecordKind
from crm.services import warned
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from people.models import User


class Visible(serializers.PrimaryKeyRelatedField[Any]):
    """A record that the caller may see; others are no such record."""

    def __init__(self, model: type[Any], **kwargs: Any) -> None:
        self.model = model
        super().__init__(queryset=model._default_manager.all(), **kwargs)

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        rows: Any = self.model._default_manager.all()
        if request is None or not isinstance(request.user, User):
            return rows.none()  # the schema is made without a caller
        return rows.visible_to(request.user)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) >= 2**62:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)


class VisibleActive(Visible):
    """A visible record that is still in use: neither left nor merged into another."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(is_active=True)


class CustomValues(serializers.JSONField):
    """{key: value} of the company's own fields; keys that are not said stay, null takes one away."""

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        if not isinstance(said, dict):
            raise serializers.ValidationError("An object of keys and values.")
        return said


class WarningSerializer(StrictSerializer):
    """What a rule that only warns says of a change; it was made all the same."""

    record = serializers.ChoiceField(
        choices=RecordKind.choices, help_text="The kind of record: converting a lead makes several."
    )
    field = serializers.CharField(help_text="A field of it, or custom.key for one of your own.")
    message = serializers.CharField()


@extend_schema_field(WarningSerializer(many=True))
class WarningsField(serializers.Field[Any, Any, Any, Any]):
    """What rules warned about in this call: empty when something is only read.

    A field and no header: the schema types it, every client reads it as it reads the record, and a
    reply that is given again for its idempotency key still has it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"read_only": True, "source": "*"})

    def to_representation(self, value: Any) -> list[dict[str, str]]:  # noqa: ARG002 - of the call
        return [
            {"record": one.kind, "field": one.field, "message": one.words} for one in warned.heard()
        ]


def refused(problems: dict[str, str]) -> Refused:
    """422 with words for every field: {"custom": {key: [words]}, field: [words]}."""
    body: dict[str, Any] = {}
    for name, words in problems.items():
        if name.startswith("custom."):
            body.setdefault("custom", {})[name.removeprefix("custom.")] = [words]
        else:
            body[name or "detail"] = [words]
    return Refused(body)


def attempt(effect: Callable[[], Any]) -> Any:
    """Run a service; what it refuses is 422 for content, 409 for a state."""
    try:
        return effect()
    except services.BadRecord as refusal:
        raise refused(refusal.problems) from refusal
    except services.Missing as lacking:
        raise refused(dict.fromkeys(lacking.fields, str(lacking))) from lacking
    except (services.IllegalDealMove, services.IllegalLeadMove) as refusal:
        raise Conflict(str(refusal)) from refusal


class RecordSerializer(StrictModelSerializer[Any]):
    """A record that services write; `kind` names its own fields."""

    kind = ""
    warnings = WarningsField()

    def create(self, validated_data: dict[str, Any]) -> Any:
        if self.kind:
            validated_data.setdefault("custom", {})
        by, at = self.context["request"].user, timezone.now()
        return attempt(lambda: self.make(by=by, at=at, **validated_data))

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        by, at = self.context["request"].user, timezone.now()
        attempt(lambda: self.change(instance, by=by, at=at, **validated_data))
        return instance

    def make(self, **said: Any) -> Any:
        raise NotImplementedError

    def change(self, row: Any, **said: Any) -> None:
        raise NotImplementedError


class Records(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Any],
):
    """A resource of which everybody gets what they may see."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        user = self.request.user
        seen: QuerySet[Any] = rows.visible_to(user) if isinstance(user, User) else rows.none()
        return seen
