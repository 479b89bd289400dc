"""/api/imports/"""

import json
from typing import Any

import django_filters
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from imports import services
from imports.kinds import CHOICES, kind_of
from imports.mapping import MapError
from imports.models import ImportProblem, ImportRun, ImportUndo, Status
from imports.services import UndoRefused, UploadRefused
from journal.api import IdempotentMixin
from kit.api import (
    Conflict,
    FilesParser,
    KeysetPagination,
    Refused,
    StrictModelSerializer,
    StrictSerializer,
)
from kit.uploads import takes_files
from people.models import User

RUN = "imports.run_imports"


class ImportRunSerializer(StrictModelSerializer[ImportRun]):
    kind = serializers.ChoiceField(choices=CHOICES, read_only=True)

    class Meta:
        model = ImportRun
        fields = [
            "id", "kind", "file_name", "lines_name", "dry_run", "good_rows_only", "status", "phase",
            "rows_read", "rows_total", "rows_good", "rows_bad", "created", "changed", "unchanged",
            "problem", "conflicts", "warnings", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProblemSerializer(StrictModelSerializer[ImportProblem]):
    class Meta:
        model = ImportProblem
        fields = ["id", "in_lines", "row", "column", "reason"]
        read_only_fields = fields


class UndoSerializer(StrictModelSerializer[ImportUndo]):
    class Meta:
        model = ImportUndo
        fields = ["run", "asked_at", "finished_at", "total", "taken_away", "put_back", "left"]
        read_only_fields = fields


class NewImportSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=CHOICES)
    file = serializers.FileField(max_length=300, help_text="CSV, TSV, xlsx, xls or ods; gzip too.")
    lines = serializers.FileField(
        max_length=300,
        required=False,
        help_text="Orders only: their lines, in a file of their own.",
    )
    map = serializers.CharField(
        max_length=50_000, required=False, help_text="A map as JSON; guessed if left out."
    )
    dry_run = serializers.BooleanField(default=False)
    good_rows_only = serializers.BooleanField(default=False)

    def validate_map(self, value: str) -> dict[str, Any]:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError) as wrong:
            raise serializers.ValidationError("This is not JSON.") from wrong
        if not isinstance(found, dict):
            raise serializers.ValidationError("A map is a JSON object.")
        return found


class ImportRunFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=CHOICES)
    status = django_filters.ChoiceFilter(choices=Status.choices)


@takes_files("IMPORT_MAX_BYTES", at_once=2)
class ImportRunViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[ImportRun],
):  # fmt: skip
    """Files that are brought in. A new one is answered with 202; its run tells how it goes."""

    queryset = ImportRun.objects.all()
    serializer_class = ImportRunSerializer
    filterset_class = ImportRunFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {"list": RUN, "retrieve": RUN, "create": RUN, "problems": RUN, "undo": RUN}

    def get_parsers(self) -> list[Any]:
        """Files come as multipart/form-data."""
        return [FilesParser()]

    @extend_schema(request={"multipart/form-data": NewImportSerializer},
                   responses={202: ImportRunSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        body = NewImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not isinstance(request.user, User):
            raise Refused("Only people import.")
        try:
            with transaction.atomic():
                run = _queue(body.validated_data, by=request.user)
        except UploadRefused as refusal:
            raise serializers.ValidationError({"file": [str(refusal)]}) from refusal
        except MapError as refusal:
            raise Refused(str(refusal), "map") from refusal
        return Response(ImportRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: UndoSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def undo(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Take a whole import back, within 30 days; 409 if it cannot be. `finished_at` says when."""
        if not isinstance(request.user, User):
            raise Refused("Only people undo imports.")
        try:
            undo = services.ask_undo(self.get_object(), by=request.user, at=timezone.now())
        except UndoRefused as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(UndoSerializer(undo).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: ProblemSerializer(many=True)})
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=KeysetPagination)
    def problems(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Every bad row with its number, column and reason."""
        rows: Any = self.get_object().problems.all()
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(ProblemSerializer(page, many=True).data)


def _queue(data: dict[str, Any], *, by: User) -> ImportRun:
    kind = kind_of(data["kind"])
    lines = data.get("lines")
    if lines is not None and not kind.lines:
        raise serializers.ValidationError({"lines": ["Only orders have lines in a second file."]})
    run = services.upload(kind.slug, data["file"], lines=lines, by=by, at=timezone.now())
    raw = data.get("map")
    if raw is None:
        sources = services.opened(run)
        second = None if sources.lines is None else sources.lines.path
        raw = services.guessed(kind, sources.main.path, second)
    services.start(run, raw, dry_run=data["dry_run"], good_rows_only=data["good_rows_only"])
    return run


routes = [("imports", ImportRunViewSet)]
