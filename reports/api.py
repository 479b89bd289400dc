"""/api/reports/ and /api/report-editions/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import Conflict, StrictModelSerializer, StrictSerializer
from kit.filters import MomentFilter
from people.doors import me
from reports import parts, services
from reports.models import Block, Edition, Report
from reports.queries.saying import say

PK = r"[0-9]{1,18}"
READ = "reports.view_report"


class ReportBlockSerializer(StrictModelSerializer[Block]):
    class Meta:
        model = Block
        fields = ["part", "title", "options"]
        read_only_fields = fields


class ReportPlanSerializer(StrictModelSerializer[Report]):
    """Blocks are chosen in the browser, where each shows what it says; here they are read."""

    blocks = serializers.SerializerMethodField()
    shipped = serializers.CharField(read_only=True)  # may be empty, which no slug is

    class Meta:
        model = Report
        fields = ["id", "name", "purpose", "audience", "team", "period", "days", "zone", "compare",
                  "shipped", "changed_at", "blocks"]  # fmt: skip
        read_only_fields = ["id", "shipped", "changed_at", "blocks"]

    def get_blocks(self, row: Report) -> list[dict[str, Any]]:
        found = sorted(row.blocks.all(), key=lambda one: (one.position, one.pk))
        return [dict(ReportBlockSerializer(one).data) for one in found]

    def create(self, validated_data: dict[str, Any]) -> Report:
        return self._keep(Report(), validated_data)

    def update(self, instance: Report, validated_data: dict[str, Any]) -> Report:
        return self._keep(instance, validated_data)

    def _keep(self, row: Report, said: dict[str, Any]) -> Report:
        for name, value in said.items():
            setattr(row, name, value)
        return services.keep_report(row, by=self.context["request"].user, at=timezone.now())


class EditionSerializer(StrictModelSerializer[Edition]):
    class Meta:
        model = Edition
        fields = ["id", "report", "title", "start", "end", "zone", "team", "person", "is_test",
                  "made_at", "blocks"]  # fmt: skip
        read_only_fields = fields


class EditionFilter(django_filters.FilterSet):
    report = django_filters.NumberFilter(field_name="report_id", min_value=0, max_value=2**62)
    since = MomentFilter(field_name="made_at", lookup_expr="gte")


class NothingSerializer(StrictSerializer):
    pass


class ReportViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.UpdateModelMixin, viewsets.GenericViewSet[Report],
):  # fmt: skip
    """Reports; `say` reads one as it would be said now, `run` sends it to whoever asks."""

    queryset: QuerySet[Report] = Report.objects.all()
    serializer_class = ReportPlanSerializer
    http_method_names = ["get", "post", "patch", "head", "options"]
    lookup_value_regex = PK
    permissions = {
        "list": READ, "retrieve": READ, "say": READ, "run": READ, "create": "reports.add_report",
        "partial_update": "reports.change_report",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Report]:
        if getattr(self, "swagger_fake_view", False):
            return Report.objects.none()
        return Report.objects.visible_to(me(self.request)).prefetch_related("blocks")

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["get"])
    def say(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """What it says now, as the caller may see it; nothing is kept or sent."""
        said = say(self.get_object(), me(request), timezone.now())
        blocks = [
            {"part": plan["part"], **block.as_json()}
            for plan, block in zip(said.plan, said.blocks, strict=True)
        ]
        return Response({"start": said.start, "end": said.end, "blocks": blocks})

    @extend_schema(request=NothingSerializer, responses={200: EditionSerializer})
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def run(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Make an edition now and mail it to the caller only."""
        row = self.get_object()
        try:
            made = services.send_test(row, by=me(request), at=timezone.now())
        except services.NobodyToTell as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(EditionSerializer(made).data)


class EditionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Edition]
):
    """What reports said, as it was said: those that the caller may read."""

    queryset: QuerySet[Edition] = Edition.objects.all()
    serializer_class = EditionSerializer
    filterset_class = EditionFilter
    lookup_value_regex = PK
    permissions = dict.fromkeys(("list", "retrieve"), "reports.view_edition")

    def get_queryset(self) -> QuerySet[Edition]:
        if getattr(self, "swagger_fake_view", False):
            return Edition.objects.none()
        return Edition.objects.readable_by(me(self.request))


class ReportPartSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    group = serializers.CharField()


class PartViewSet(viewsets.GenericViewSet[Any]):
    """What reports can be made of, for the caller."""

    serializer_class = ReportPartSerializer
    pagination_class = None
    filter_backends = ()
    permissions = {"list": READ}
    queryset = Report.objects.none()

    @extend_schema(responses=ReportPartSerializer(many=True))
    def list(self, request: Request) -> Response:
        offered = parts.offered(me(request), own=True)
        rows = [
            {"key": part.key, "name": part.label, "about": part.about, "group": group}
            for group, found in offered for part in found
        ]  # fmt: skip
        return Response(ReportPartSerializer(rows, many=True).data)


routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = [
    ("reports", ReportViewSet), ("report-editions", EditionViewSet), ("report-parts", PartViewSet),
]  # fmt: skip
