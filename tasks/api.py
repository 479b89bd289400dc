"""/api/tasks/ and /api/playbooks/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from people.doors import me
from people.models import Team, User
from tasks import recurrence, services
from tasks.forms import LAST_DAY
from tasks.models import ChecklistItem, IllegalMove, Playbook, PlaybookRun, Priority, Task
from tasks.models import Status as TaskStatus
from tasks.subjects import Subject, subject_for

PK = r"[0-9]{1,18}"
CONFLICTS = (IllegalMove, services.Unfinished, services.ChangedMeanwhile, services.SwitchedOff)
REFUSALS = (services.BadTask, recurrence.BadRule)


def guard(act: Any) -> Any:
    """Run one service call; its refusals become 409 or 422."""
    try:
        return act()
    except CONFLICTS as refusal:
        raise Conflict(str(refusal)) from refusal
    except REFUSALS as refusal:
        raise Refused(str(refusal)) from refusal


class RuleSerializer(StrictSerializer):
    """Every `every` units; weekdays from 0, Monday, only for weeks."""

    every = serializers.IntegerField(min_value=1, max_value=recurrence.MOST)
    unit = serializers.ChoiceField(choices=list(recurrence.UNITS))
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7
    )
    until = serializers.DateField(required=False, allow_null=True)
    working_days = serializers.BooleanField(required=False, default=False)


class ItemSerializer(StrictModelSerializer[ChecklistItem]):
    class Meta:
        model = ChecklistItem
        fields = ["id", "text", "required", "done_at", "done_by"]
        read_only_fields = fields


class TaskSerializer(StrictModelSerializer[Task]):
    """A task; `recurrence` is empty for one that does not come back."""

    recurrence = serializers.JSONField(read_only=True)
    items = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "title", "notes", "owner", "team", "due_on", "due_time", "priority", "status",
            "closed_at", "closed_by", "drop_reason", "subject_type", "subject_id", "subject_name",
            "account", "recurrence", "items", "created_by", "created_at", "version",
        ]  # fmt: skip
        read_only_fields = fields


class TaskFields(StrictSerializer):
    title = serializers.CharField(max_length=200)
    notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True
    )
    due_on = serializers.DateField(required=False, allow_null=True)
    due_time = serializers.TimeField(required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    recurrence = RuleSerializer(required=False, allow_null=True)

    def validate_due_on(self, value: Any) -> Any:
        if value is not None and value > LAST_DAY:
            raise serializers.ValidationError("Choose a day nearer to now.")
        return value


class NewTaskSerializer(TaskFields):
    subject_type = serializers.CharField(max_length=60, required=False)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**62, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("subject_type" in attrs) != ("subject_id" in attrs):
            raise serializers.ValidationError("Name the subject by its type and its id.")
        return attrs


class ChangeTaskSerializer(TaskFields):
    title = serializers.CharField(max_length=200, required=False)
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class EmptySerializer(StrictSerializer):
    pass


class DropSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class CheckSerializer(StrictSerializer):
    item = serializers.IntegerField(min_value=1, max_value=2**62)
    done = serializers.BooleanField(default=True)


class TaskFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=TaskStatus.choices)
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=2**62)
    team = django_filters.NumberFilter(field_name="team_id", min_value=0, max_value=2**62)
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)


def _parsed(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _subject(request: Request, data: dict[str, Any]) -> Subject | None:
    """What it is about, taken out of `data`; refused unless the caller may see it."""
    kind, key = data.pop("subject_type", None), data.pop("subject_id", None)
    if kind is None:
        return None
    subject = subject_for(me(request), kind, key)
    if subject is None:
        raise Refused("There is no such subject, or it is not for you to see.")
    return subject


class TaskViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Task]
):
    """What somebody has to do."""

    queryset = Task.objects.all()
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    lookup_value_regex = PK
    permissions = {
        "list": "tasks.view_task", "retrieve": "tasks.view_task", "create": "tasks.add_task",
        "partial_update": "tasks.change_task", "finish": "tasks.change_task",
        "drop": "tasks.change_task", "reopen": "tasks.change_task", "check": "tasks.change_task",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Task]:
        if getattr(self, "swagger_fake_view", False):
            return Task.objects.none()
        return Task.objects.visible_to(me(self.request)).prefetch_related("items")

    def _say(self, row: Task, *, code: int = status.HTTP_200_OK) -> Response:
        return Response(TaskSerializer(Task.objects.get(pk=row.pk)).data, status=code)

    @extend_schema(request=NewTaskSerializer, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        """Write one down; without an owner and a team it is yours."""
        data, user = _parsed(request, NewTaskSerializer), me(request)
        subject = _subject(request, data)
        if data.get("owner") is None and data.get("team") is None:
            data["owner"] = user
        data["recurs"] = data.pop("recurrence", None)
        row = guard(lambda: services.create(**data, subject=subject, by=user, at=timezone.now()))
        return self._say(row, code=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeTaskSerializer, responses=TaskSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Change what you name; 409 if it was changed since the `version` that you saw."""
        row, data = self.get_object(), _parsed(request, ChangeTaskSerializer)
        guard(lambda: services.change(row, by=me(request), at=timezone.now(), **data))
        return self._say(row)

    @extend_schema(responses=TaskSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def finish(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Done; 409 while something that must come first is open."""
        row = self.get_object()
        _parsed(request, EmptySerializer)
        guard(lambda: services.finish(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=TaskSerializer)
    @action(detail=True, methods=["post"], serializer_class=DropSerializer)
    def drop(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, data = self.get_object(), _parsed(request, DropSerializer)
        guard(lambda: services.drop(row, **data, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=TaskSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def reopen(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        _parsed(request, EmptySerializer)
        guard(lambda: services.reopen(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=TaskSerializer)
    @action(detail=True, methods=["post"], serializer_class=CheckSerializer)
    def check(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Tick a line of the checklist, or take the tick back."""
        row, data = self.get_object(), _parsed(request, CheckSerializer)
        item = get_object_or_404(row.items.all(), pk=data["item"])
        turn = services.check if data["done"] else services.uncheck
        turn(item, by=me(request), at=timezone.now())
        return self._say(row)


class PlaybookSerializer(StrictModelSerializer[Playbook]):
    class Meta:
        model = Playbook
        fields = ["id", "name", "description", "is_active", "trigger", "version"]
        read_only_fields = fields


class RunSerializer(StrictModelSerializer[PlaybookRun]):
    tasks: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = PlaybookRun
        fields = [
            "id", "playbook", "version", "subject_type", "subject_id", "subject_name", "account",
            "started_by", "started_at", "tasks",
        ]  # fmt: skip
        read_only_fields = fields


class StartSerializer(StrictSerializer):
    subject_type = serializers.CharField(max_length=60)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**62)


class PlaybookViewSet(IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Playbook]):
    """What follows from what."""

    queryset = Playbook.objects.all()
    serializer_class = PlaybookSerializer
    lookup_value_regex = PK
    permissions = {"list": "tasks.view_playbook", "start": "tasks.add_playbookrun"}

    @extend_schema(responses={201: RunSerializer})
    @action(detail=True, methods=["post"], serializer_class=StartSerializer)
    def start(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Start it for an object that you may see; 409 if it is switched off."""
        row, data = self.get_object(), _parsed(request, StartSerializer)
        subject = _subject(request, data)
        run = guard(
            lambda: services.start_playbook(row, subject=subject, by=me(request), at=timezone.now())
        )
        return Response(RunSerializer(run).data, status=status.HTTP_201_CREATED)


routes = [("tasks", TaskViewSet), ("playbooks", PlaybookViewSet)]
