"""/api/deals/, with products, moves and what belongs to a deal; /api/pipelines/"""

from decimal import Decimal
from typing import Any

import django_filters
from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import services
from crm.api.records import LARGEST_KEY
from crm.api.shared import CustomValues, Records, RecordSerializer, Visible, attempt
from crm.models import Account, Contact, Deal, DealLine, DealLink, LostReason, Pipeline, Stage
from crm.parts import parts
from crm.services.moving import move_on
from kit.api import StrictModelSerializer, StrictSerializer
from people.models import User

WITH: tuple[str, ...] = ("lines", "links")


class DealLineSerializer(StrictModelSerializer[DealLine]):
    class Meta:
        model = DealLine
        fields = ["sku", "name", "quantity", "price"]
        extra_kwargs = {"quantity": {"min_value": Decimal("0.001")}, "price": {"min_value": 0}}


class DealLinkSerializer(serializers.ModelSerializer[DealLink]):
    class Meta:
        model = DealLink
        fields = ["id", "subject_type", "subject_id", "at"]
        read_only_fields = fields


class DealSerializer(RecordSerializer):
    kind = "deal"
    account = Visible(Account)
    contact = Visible(Contact, required=False, allow_null=True)
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    competitors = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=10
    )
    custom = CustomValues(required=False)
    lines = DealLineSerializer(many=True, read_only=True)
    links = DealLinkSerializer(many=True, read_only=True)

    class Meta:
        model = Deal
        fields = [
            "id", "name", "account", "contact", "owner", "pipeline", "stage", "status",
            "stage_since", "amount", "currency", "close_on", "next_step", "next_step_on",
            "competitors", "source", "lost_reason", "lost_note", "external_id", "custom",
            "opened_at", "closed_at", "touched_at", "lines", "links", "warnings",
        ]  # fmt: skip
        read_only_fields = [
            "id", "pipeline", "status", "stage_since", "lost_reason", "lost_note", "opened_at",
            "closed_at", "touched_at",
        ]  # fmt: skip

    def make(self, **said: Any) -> Deal:
        return services.open_deal(**said)

    def change(self, row: Deal, **said: Any) -> None:
        if said.pop("stage", row.stage) != row.stage:
            raise serializers.ValidationError({"stage": "Move a deal with /move/."})
        services.change_deal(row, **said)


class MoveDealSerializer(StrictSerializer):
    """The stage, and what it asks for that the deal has not yet."""

    stage = serializers.PrimaryKeyRelatedField(queryset=Stage.objects.all())
    lost_reason = serializers.PrimaryKeyRelatedField(
        queryset=LostReason.objects.filter(is_active=True), required=False
    )
    lost_note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class DealLinesSerializer(StrictSerializer):
    lines = serializers.ListField(child=DealLineSerializer(), max_length=200)


class DealLinkedSerializer(StrictSerializer):
    subject_type = serializers.CharField(max_length=60)
    subject_id = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)


class DealFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)
    status = django_filters.ChoiceFilter(choices=Stage.Kind.choices)
    account = django_filters.NumberFilter(
        field_name="account_id", min_value=0, max_value=LARGEST_KEY
    )
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=LARGEST_KEY)
    stage = django_filters.NumberFilter(field_name="stage_id", min_value=0, max_value=LARGEST_KEY)
    pipeline = django_filters.NumberFilter(
        field_name="pipeline_id", min_value=0, max_value=LARGEST_KEY
    )
    closes_from = django_filters.DateFilter(field_name="close_on", lookup_expr="gte")
    closes_until = django_filters.DateFilter(field_name="close_on", lookup_expr="lte")

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class DealViewSet(Records):
    """Business that we may win."""

    queryset: QuerySet[Deal] = Deal.objects.prefetch_related(*WITH)
    serializer_class = DealSerializer
    filterset_class = DealFilter
    permissions = {
        "list": "crm.view_deal",
        "retrieve": "crm.view_deal",
        "create": "crm.add_deal",
        "partial_update": "crm.change_deal",
        "move": "crm.change_deal",
        "lines": "crm.change_deal",
        "links": "crm.change_deal",
        "unlink": "crm.change_deal",
    }

    def _whole(self, deal: Deal) -> Response:
        fresh = self.get_queryset().get(pk=deal.pk)
        return Response(DealSerializer(fresh, context=self.get_serializer_context()).data)

    @extend_schema(request=MoveDealSerializer, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Into another stage; 422 names what the stage asks for."""
        deal: Deal = self.get_object()
        said = MoveDealSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        attempt(lambda: move_on(deal, by=request.user, at=timezone.now(), **said.validated_data))  # type: ignore[arg-type]
        return self._whole(deal)

    @extend_schema(request=DealLinesSerializer, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def lines(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """All products anew; their sum becomes the amount."""
        deal: Deal = self.get_object()
        said = DealLinesSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        lines = [services.Line(**line) for line in said.validated_data["lines"]]
        attempt(lambda: services.set_lines(deal, lines, by=request.user, at=timezone.now()))  # type: ignore[arg-type]
        return self._whole(deal)

    @extend_schema(request=DealLinkedSerializer, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def links(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say that a quote, an order, a request or a meeting belongs to the deal."""
        deal, subject = self._linked(request)
        attempt(lambda: services.link(deal, subject, by=request.user, at=timezone.now()))  # type: ignore[arg-type]
        return self._whole(deal)

    @extend_schema(request=DealLinkedSerializer, responses=DealSerializer)
    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say that it does not."""
        deal, subject = self._linked(request)
        rows = deal.links.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
        for row in rows:
            services.unlink(deal, row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._whole(deal)

    def _linked(self, request: Request) -> tuple[Deal, Any]:
        deal: Deal = self.get_object()
        said = DealLinkedSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        kind, key = said.validated_data["subject_type"], said.validated_data["subject_id"]
        part = parts().get(kind)
        if part is None:
            raise serializers.ValidationError(
                {"subject_type": "Nothing of this kind belongs to deals."}
            )
        if key not in part.lines(request.user, [key]):  # type: ignore[arg-type]
            raise serializers.ValidationError({"subject_id": "There is none that you may see."})
        return deal, apps.get_model(kind)._default_manager.get(pk=key)


class StageSerializer(serializers.ModelSerializer[Stage]):
    class Meta:
        model = Stage
        fields = ["id", "name", "kind", "position", "probability", "requires", "stale_days"]
        read_only_fields = fields


class PipelineSerializer(serializers.ModelSerializer[Pipeline]):
    stages = StageSerializer(many=True, read_only=True)

    class Meta:
        model = Pipeline
        fields = ["id", "name", "team", "position", "is_active", "stages"]
        read_only_fields = fields


class PipelineViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Pipeline]):
    """The ways that deals go, with their stages. They are set up in the browser."""

    queryset = Pipeline.objects.prefetch_related("stages")
    serializer_class = PipelineSerializer
    filterset_fields: list[str] = []
    permissions = {"list": "crm.view_deal"}


routes = [("deals", DealViewSet), ("pipelines", PipelineViewSet)]
