"""/api/log-imports/"""

import json
from typing import Any

import django_filters
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

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
from people.models import User, WorkingCalendar
from process.importing import files, services
from process.importing.models import NAME_LENGTH, LogImport, LogImportProblem
from process.importing.refusals import Busy, LogRefused
from process.models import EventLog
from process.services.store import NameTaken

IMPORT = "process.add_eventlog"


class LogImportSerializer(StrictModelSerializer[LogImport]):
    class Meta:
        model = LogImport
        fields = [
            "id", "name", "file_name", "sha256", "size", "log", "new_version", "calendar", "mapping",
            "good_rows_only", "goal", "status", "phase", "rows_total", "rows_read", "rows_bad",
            "rows_left_out", "cases", "events", "activities", "found", "problem", "created_at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class LogProblemSerializer(StrictModelSerializer[LogImportProblem]):
    class Meta:
        model = LogImportProblem
        fields = ["id", "row", "column", "reason"]
        read_only_fields = fields


class StartLogImportSerializer(StrictSerializer):
    map = serializers.JSONField(
        required=False,
        help_text="{case, activity, time, start, resource, lifecycle, team, kind: columns; zone; "
        "date_order: day or month; moments: end, start or both}. What is left out is guessed.",
    )
    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    calendar = serializers.PrimaryKeyRelatedField(
        queryset=WorkingCalendar.objects.all(), required=False, allow_null=True
    )
    goal = serializers.ChoiceField(
        choices=LogImport.Goal.choices, default=LogImport.Goal.CHECK,
        help_text="check: only say what is in it; import: write the log.",
    )  # fmt: skip
    good_rows_only = serializers.BooleanField(default=False)

    def validate_map(self, value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as wrong:
                raise serializers.ValidationError("This is not JSON.") from wrong
        if not isinstance(value, dict):
            raise serializers.ValidationError("A map is a JSON object.")
        return value


class NewLogImportSerializer(StartLogImportSerializer):
    file = serializers.FileField(max_length=300, help_text="XES, CSV, xlsx, xls or ods; gzip too.")
    start = serializers.BooleanField(default=True, help_text="false: only keep the file.")
    log = serializers.PrimaryKeyRelatedField(
        queryset=EventLog.objects.filter(source=EventLog.Source.IMPORTED), required=False,
        help_text="The log whose content the file replaces.",
    )  # fmt: skip


class LogImportFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=LogImport.Status.choices)


@takes_files("IMPORT_MAX_BYTES", at_once=1)
class LogImportViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[LogImport],
):  # fmt: skip
    """Event logs that are brought in. A new one is answered with 202; its state tells how it goes."""

    queryset = LogImport.objects.all()
    serializer_class = LogImportSerializer
    filterset_class = LogImportFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "start", "cancel", "problems"), IMPORT
    )

    def get_parsers(self) -> list[Any]:
        """Files come as multipart/form-data; everything else may be JSON."""
        return [FilesParser(), JSONParser()]

    @extend_schema(request={"multipart/form-data": NewLogImportSerializer},
                   responses={202: LogImportSerializer})  # fmt: skip
    def create(self, request: Request) -> Response:
        body = NewLogImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        with transaction.atomic():  # a file whose map is refused is not kept either
            try:
                run = services.upload(
                    data["file"], by=_person(request), at=timezone.now(), log=data.get("log")
                )
            except LogRefused as refusal:
                raise serializers.ValidationError({"file": [str(refusal)]}) from refusal
            return _started(run, data)

    @extend_schema(request=StartLogImportSerializer, responses={202: LogImportSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def start(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Check or import a file that was uploaded, checked, refused or stopped before."""
        body = StartLogImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return _started(self.get_object(), body.validated_data)

    @extend_schema(request=None, responses={200: LogImportSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Stop an import that waits or reads; 409 when it is over or being written."""
        run = self.get_object()
        try:
            services.cancel(run, by=_person(request), at=timezone.now())
        except Busy as refusal:
            raise Conflict(str(refusal)) from refusal
        run.refresh_from_db()
        return Response(LogImportSerializer(run).data)

    @extend_schema(responses=LogProblemSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=KeysetPagination)
    def problems(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Every bad row with its number, column and reason."""
        rows: Any = self.get_object().problems.all()
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(LogProblemSerializer(page, many=True).data)


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Refused("Only people import.")
    return request.user


def _started(run: LogImport, data: dict[str, Any]) -> Response:
    """Put it into the line, if that is asked; the map is guessed where it says nothing."""
    if data.get("start", True):
        try:
            with transaction.atomic():
                _start(run, data)
        except (Busy, NameTaken) as refusal:
            raise Conflict(str(refusal)) from refusal
        except LogRefused as refusal:
            raise Refused(str(refusal), "map") from refusal
    return Response(LogImportSerializer(run).data, status=status.HTTP_202_ACCEPTED)


def _start(run: LogImport, data: dict[str, Any]) -> None:
    sample = files.source_of(run).sample()
    if sample.problem:
        raise LogRefused(sample.problem)
    guessed = services.guessed(sample, zone=timezone.get_current_timezone_name())
    services.start(
        run, {**guessed, **run.mapping, **data.get("map", {})}, goal=data["goal"],
        name=data.get("name") or run.name, calendar=data.get("calendar") or run.calendar,
        good_rows_only=data["good_rows_only"], sample=sample,
    )  # fmt: skip


routes = [("log-imports", LogImportViewSet)]
