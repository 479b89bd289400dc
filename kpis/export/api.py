"""/api/kpi-exports/"""

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from kpis.export import packed, services
from kpis.export.models import Export
from people.models import User


class ExportSerializer(StrictModelSerializer[Export]):
    class Meta:
        model = Export
        fields = [
            "id", "format", "status", "night", "manifest", "rows", "bytes", "problem", "asked_at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewExportSerializer(StrictSerializer):
    format = serializers.ChoiceField(choices=Export.Format.choices, default=Export.Format.PARQUET)


class ExportViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Export],
):  # fmt: skip
    """Facts as files. A new export is answered with 202; ask for it until its status is done."""

    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "kpi_export.view_export", "retrieve": "kpi_export.view_export",
        "download": "kpi_export.view_export", "create": "kpi_export.add_export",
    }  # fmt: skip

    @extend_schema(request=NewExportSerializer, responses={202: ExportSerializer})
    def create(self, request: Request) -> Response:
        body = NewExportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not isinstance(request.user, User):
            raise Refused("Only people ask for exports.")
        try:
            row = services.ask(body.validated_data["format"], by=request.user, at=timezone.now())
        except services.Refused as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(ExportSerializer(row).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def download(self, request: Request, pk: str) -> FileResponse:  # noqa: ARG002 - DRF names it
        """All its files as one archive; 404 unless it is done."""
        return packed.archive(int(pk))


routes = [("kpi-exports", ExportViewSet)]
