"""/api/breach-forecasts/ and /api/scenarios/"""

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from desk.models import SalesRequest
from forecast.models import BreachForecast, Chance, Order, Scenario
from forecast.queries import results
from forecast.queries.past import kinds_of
from forecast.services import scenarios
from forecast.services.scenarios import Wanted
from journal.api import IdempotentMixin
from kit.api import Conflict, KeysetPagination, Refused, StrictModelSerializer, StrictSerializer
from people.models import Team, User

LAST_HOUR = 167
MOST_PEOPLE = 200
LONGEST_KEY = 18


class BreachForecastSerializer(StrictModelSerializer[BreachForecast]):
    class Meta:
        model = BreachForecast
        fields = [
            "id", "team", "made_at", "day", "kept", "replayed", "today_until", "week_until", "today",
            "week", "late", "missing", "basis", "happened",
        ]  # fmt: skip
        read_only_fields = fields


class ChanceSerializer(StrictModelSerializer[Chance]):
    class Meta:
        model = Chance
        fields = ["id", "request_id", "today", "week", "why", "broke"]
        read_only_fields = fields


class BreachForecastFilter(django_filters.FilterSet):
    team = django_filters.NumberFilter(min_value=0, max_value=2**62)
    kept = django_filters.BooleanFilter(help_text="false: only what is said now.")


class BreachForecastViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BreachForecast]
):  # fmt: skip
    """What was said of a team's promises: the latest, and one of each day with what happened."""

    queryset = BreachForecast.objects.all()
    serializer_class = BreachForecastSerializer
    filterset_class = BreachForecastFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "forecast.view_breachforecast",
        "retrieve": "forecast.view_breachforecast",
        "chances": "forecast.view_breachforecast",
    }

    @extend_schema(responses={200: ChanceSerializer(many=True)})
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=KeysetPagination)
    def chances(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """The chance of each promise that was open and not late, of requests that you may see."""
        visible = SalesRequest.objects.visible_to(request.user)  # type: ignore[arg-type]  # signed in
        rows: Any = self.get_object().chances.filter(request_id__in=visible.values("pk"))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(ChanceSerializer(page, many=True).data)


class ScenarioSerializer(StrictModelSerializer[Scenario]):
    played = serializers.SerializerMethodField(help_text="How many plays are done.")
    figures = serializers.SerializerMethodField(
        help_text="{name: {mean, low, high, n}}; durations are business seconds, shares 0 to 1."
    )

    class Meta:
        model = Scenario
        fields = [
            "id", "name", "team", "weeks", "until", "extra", "hours", "growth", "service", "order",
            "horizon", "warm_up", "seed", "replications", "basis", "status", "problem", "asked_at",
            "finished_at", "played", "figures",
        ]  # fmt: skip
        read_only_fields = fields

    def get_played(self, row: Scenario) -> int:
        return row.played.count()

    def get_figures(self, row: Scenario) -> dict[str, dict[str, float | None]]:
        rows = results.played_rows(row)
        return {f.name: results.as_json(rows, f) for f in results.FIGURES}


def _whole(low: int, high: int, default: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=low, max_value=high, default=default)


class NewScenarioSerializer(StrictSerializer):
    """Percentages are changes: 10 is a tenth more."""

    name = serializers.CharField(max_length=80)
    team = serializers.IntegerField(min_value=1, max_value=2**62)
    extra = _whole(-50, 50, 0)
    hours = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_PEOPLE), default=dict,
        help_text='Coordinators by hour of the week, "0" is Monday midnight: {"9": 2}.',
    )  # fmt: skip
    growth = serializers.DictField(
        child=serializers.IntegerField(min_value=-100, max_value=500), default=dict,
        help_text="Per cent by id of the request type.",
    )  # fmt: skip
    service = _whole(-90, 300, 0)
    order = serializers.ChoiceField(choices=Order.choices, default=Order.PRIORITY)
    weeks = _whole(2, 52, 8)
    horizon = _whole(1, 26, 8)
    warm_up = _whole(0, 8, 2)
    replications = _whole(5, 200, 20)
    seed = _whole(0, 2**31, 1)

    def validate_hours(self, value: dict[str, int]) -> dict[str, int]:
        if not all(_is_key(key) and int(key) <= LAST_HOUR for key in value):
            raise serializers.ValidationError("Keys are hours of the week, 0 to 167.")
        return {str(int(key)): people for key, people in value.items()}

    def validate_growth(self, value: dict[str, int]) -> dict[str, int]:
        if not all(_is_key(key) for key in value):
            raise serializers.ValidationError("Keys are ids of request types.")
        return {str(int(key)): change for key, change in value.items()}


def _is_key(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < LONGEST_KEY


class ScenarioFilter(django_filters.FilterSet):
    team = django_filters.NumberFilter(min_value=0, max_value=2**62)


class ScenarioViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Scenario],
):  # fmt: skip
    """Questions about staffing. A new one is answered with 202; it tells how far it is."""

    queryset = Scenario.objects.select_related("team__calendar")
    serializer_class = ScenarioSerializer
    filterset_class = ScenarioFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "forecast.view_scenario", "retrieve": "forecast.view_scenario",
        "compare": "forecast.view_scenario", "create": "forecast.add_scenario",
        "stop": "forecast.change_scenario", "destroy": "forecast.change_scenario",
    }  # fmt: skip

    @extend_schema(request=NewScenarioSerializer, responses={202: ScenarioSerializer})
    def create(self, request: Request) -> Response:
        body = NewScenarioSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        team = Team.objects.filter(pk=data.pop("team")).select_related("calendar").first()
        if team is None:
            raise serializers.ValidationError({"team": ["There is no such team."]})
        if set(map(int, data["growth"])) - set(kinds_of(team)):
            raise serializers.ValidationError({"growth": ["This team has no such request type."]})
        name = data.pop("name")
        try:
            row = scenarios.ask(name, team, Wanted(**data), by=_me(request), at=timezone.now())
        except scenarios.Refused as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(ScenarioSerializer(row).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={200: ScenarioSerializer})
    @action(detail=True, methods=["post"], filterset_class=None)
    def stop(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - DRF names it
        """Stop it; what was played stays. 409 when it is over."""
        row = self.get_object()
        try:
            scenarios.stop(row, by=_me(request), at=timezone.now())
        except scenarios.Refused as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(ScenarioSerializer(row).data)

    def perform_destroy(self, instance: Scenario) -> None:
        try:
            scenarios.remove(instance, by=_me(self.request), at=timezone.now())
        except scenarios.Refused as refusal:
            raise Conflict(str(refusal)) from refusal

    @extend_schema(
        parameters=[OpenApiParameter("s", int, many=True, description="Ids, two to four.")],
        responses={200: serializers.ListSerializer(child=serializers.DictField())},
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def compare(self, request: Request) -> Response:
        """Each scenario against the first: means, and differences with their bands."""
        rows = results.picked(request.query_params.getlist("s"))
        if len(rows) < 2:  # noqa: PLR2004 - a pair
            raise serializers.ValidationError(
                {"s": ["Name two scenarios or more that were played."]}
            )
        lines = results.compare(rows, scenarios.same_luck)
        return Response([results.line_as_json(line, [row.pk for row in rows]) for line in lines])


def _me(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Refused("Only people ask what if.")
    return request.user


routes = [("breach-forecasts", BreachForecastViewSet), ("scenarios", ScenarioViewSet)]
