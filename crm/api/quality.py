"""/api/duplicate-pairs/, /api/merges/, /api/validation-rules/ and /api/record-scores/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.shared import WarningsField
from crm.models import DuplicatePair, MergedRecord, RecordScore, ValidationRule
from crm.services import duplicates, merging, validation
from journal.api import IdempotentMixin
from kit.api import Conflict, StrictModelSerializer, StrictSerializer


class PairSerializer(StrictModelSerializer[DuplicatePair]):
    class Meta:
        model = DuplicatePair
        fields = ["id", "kind", "first_id", "second_id", "score", "is_sure", "reasons", "state"]
        read_only_fields = fields


class MergeSerializer(StrictModelSerializer[MergedRecord]):
    warnings = WarningsField()

    class Meta:
        model = MergedRecord
        fields = [
            "id",
            "kind",
            "old_id",
            "new_id",
            "at",
            "undone_at",
            "clashed",
            "kept",
            "warnings",
        ]
        read_only_fields = ["id", "at", "undone_at", "clashed", "kept"]

    def create(self, validated_data: dict[str, Any]) -> MergedRecord:
        try:
            return merging.merge(
                validated_data["kind"], validated_data["new_id"], validated_data["old_id"],
                by=self.context["request"].user, at=timezone.now(),
            )  # fmt: skip
        except merging.NotMergeable as refusal:
            raise Conflict(str(refusal)) from refusal


class ScoreSerializer(StrictModelSerializer[RecordScore]):
    class Meta:
        model = RecordScore
        fields = ["id", "kind", "record_id", "account", "owner_id", "score", "gaps", "at"]
        read_only_fields = fields


class ValidationRuleSerializer(StrictModelSerializer[ValidationRule]):
    class Meta:
        model = ValidationRule
        fields = ["id", "kind", "field", "condition", "args", "when_field", "when_value", "message",
                  "severity", "is_active"]  # fmt: skip
        read_only_fields = ["id"]

    def validate_args(self, value: Any) -> Any:
        if not isinstance(value, dict) or set(value) - {"values", "low", "high", "mask"}:
            raise serializers.ValidationError("An object with values, low, high or mask.")
        return value

    def create(self, validated_data: dict[str, Any]) -> ValidationRule:
        return self._save(ValidationRule(**validated_data))

    def update(self, instance: ValidationRule, validated_data: dict[str, Any]) -> ValidationRule:
        for name, value in validated_data.items():
            setattr(instance, name, value)
        return self._save(instance)

    def _save(self, row: ValidationRule) -> ValidationRule:
        return validation.save_rule(row, by=self.context["request"].user, at=timezone.now())


class NothingSerializer(StrictSerializer):
    """A step without words."""


class _ByKind(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=8)


class PairFilter(_ByKind):
    state = django_filters.CharFilter(max_length=9)


class _Read(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        found: QuerySet[Any] = rows.visible_to(self.request.user)
        return found


class PairViewSet(IdempotentMixin, _Read):
    """Records that may be one."""

    queryset: QuerySet[DuplicatePair] = DuplicatePair.objects.all()
    serializer_class = PairSerializer
    filterset_class = PairFilter
    http_method_names = ["get", "post", "head", "options"]
    permissions = {
        "list": "crm.view_duplicatepair",
        "retrieve": "crm.view_duplicatepair",
        "different": "crm.change_duplicatepair",
    }

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def different(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The two are not the same."""
        row = self.get_object()
        try:
            duplicates.not_the_same(row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except duplicates.AlreadyDecided as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(PairSerializer(row).data)


class MergeViewSet(IdempotentMixin, mixins.CreateModelMixin, _Read):
    """Records that became part of others."""

    queryset: QuerySet[MergedRecord] = MergedRecord.objects.all()
    serializer_class = MergeSerializer
    filterset_class = _ByKind
    http_method_names = ["get", "post", "head", "options"]
    permissions = {
        "list": "crm.view_duplicatepair",
        "retrieve": "crm.view_duplicatepair",
        "create": "crm.merge_records",
        "undo": "crm.merge_records",
    }

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def undo(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Take the merge back."""
        row = self.get_object()
        try:
            merging.undo(row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except merging.NotMergeable as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(MergeSerializer(row).data)


class ScoreViewSet(_Read):
    """How complete and fresh records are."""

    queryset: QuerySet[RecordScore] = RecordScore.objects.all()
    serializer_class = ScoreSerializer
    filterset_class = _ByKind
    permissions = {"list": "crm.view_recordscore", "retrieve": "crm.view_recordscore"}


class RuleViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Any],
):
    """What records must be like."""

    queryset: QuerySet[ValidationRule] = ValidationRule.objects.all()
    serializer_class = ValidationRuleSerializer
    filterset_class = _ByKind
    lookup_value_regex = r"[0-9]{1,18}"
    http_method_names = ["get", "post", "patch", "head", "options"]
    permissions = {
        "list": "crm.change_validationrule",
        "retrieve": "crm.change_validationrule",
        "create": "crm.change_validationrule",
        "partial_update": "crm.change_validationrule",
    }


routes = [
    ("duplicate-pairs", PairViewSet),
    ("merges", MergeViewSet),
    ("record-scores", ScoreViewSet),
    ("validation-rules", RuleViewSet),
]
