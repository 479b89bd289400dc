"""/api/pipeline/ and /api/summary-schedules/"""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import StrictModelSerializer, WallTime
from tracking import services
from tracking.forms import TrackingForm
from tracking.models import Schedule
from tracking.queries import pipeline
from tracking.queries.scope import Scope


class ScheduleSerializer(StrictModelSerializer[Schedule]):
    hour = WallTime(required=False)

    class Meta:
        model = Schedule
        fields = [
            "id", "name", "audience", "team", "pipeline", "weekday", "hour", "zone", "recipients",
            "is_active", "next_at",
        ]  # fmt: skip
        read_only_fields = ["id", "next_at"]

    def create(self, validated_data: dict[str, Any]) -> Schedule:
        return self._keep(Schedule(), validated_data)

    def update(self, instance: Schedule, validated_data: dict[str, Any]) -> Schedule:
        return self._keep(instance, validated_data)

    def _keep(self, row: Schedule, said: dict[str, Any]) -> Schedule:
        recipients = said.pop("recipients", None)
        for name, value in said.items():
            setattr(row, name, value)
        if recipients is None:
            recipients = list(row.recipients.all())
        return services.keep_schedule(
            row, recipients=recipients, by=self.context["request"].user, at=timezone.now()
        )


class ScheduleViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.UpdateModelMixin, viewsets.GenericViewSet[Any],
):  # fmt: skip
    """Who gets the weekly summary, and when."""

    queryset: QuerySet[Schedule] = Schedule.objects.prefetch_related("recipients")
    serializer_class = ScheduleSerializer
    http_method_names = ["get", "post", "patch", "head", "options"]
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "send"), "tracking.change_schedule"
    )

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Send the last seven days to its readers now."""
        row = self.get_object()
        many = services.send_now(row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response({"mails": many}, status=status.HTTP_200_OK)


class StandingSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    pipeline = serializers.CharField()
    deals = serializers.IntegerField()
    deals_a_week_before = serializers.IntegerField()
    worth = serializers.DictField(child=serializers.DecimalField(max_digits=20, decimal_places=2))
    chance = serializers.FloatField(help_text="0 to 1.")
    chance_measured = serializers.BooleanField()


class PipelineViewSet(viewsets.GenericViewSet[Any]):
    """The open stages as they stand, with their chances; `?week=` looks back."""

    serializer_class = StandingSerializer
    pagination_class = None
    filter_backends = ()
    permissions = {"list": "crm.view_deal"}
    queryset = Schedule.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter("week", OpenApiTypes.DATE), OpenApiParameter("team", OpenApiTypes.INT),
            OpenApiParameter("pipeline", OpenApiTypes.INT),
            OpenApiParameter("owner", OpenApiTypes.INT),
        ],
        responses=StandingSerializer(many=True),
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        user: Any = request.user
        form = TrackingForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError(
                {k: [str(one) for one in v] for k, v in form.errors.items()}
            )
        said = form.cleaned_data
        scope = Scope(user, said["team"], said["pipeline"], said["owner"])
        _, end = form.span(user.zone)
        at = min(end, timezone.now())
        chances = pipeline.chances(scope, at)
        rows = [
            {
                "stage": one.stage.name, "pipeline": one.stage.pipeline.name, "deals": one.n,
                "deals_a_week_before": one.before, "worth": one.worth,
                "chance": chances[one.stage.pk].share,
                "chance_measured": chances[one.stage.pk].measured,
            }
            for one in pipeline.standing(scope, at)
        ]  # fmt: skip
        return Response(StandingSerializer(rows, many=True).data)


routes = [("summary-schedules", ScheduleViewSet), ("pipeline", PipelineViewSet)]
