"""/api/kpis/{turnaround,accuracy,conversion,response,meetings}/ and their rows."""

from typing import Any, ClassVar, Final

from django.urls import URLPattern, path, reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kpis.definitions import KPIS, Kpi, Measure
from kpis.forms import NAMES, Choices, FilterForm, choices_of
from kpis.histogram import ERROR
from kpis.queries.figure import Figure
from kpis.queries.figures import report
from kpis.queries.filters import WHOSE, Filters
from kpis.queries.rows import page
from kpis.services.store import day_of

routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = []


class MeasureSerializer(serializers.Serializer[Any]):
    """One figure. Durations are seconds; shares are 0 to 1."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    definition = serializers.CharField()
    definition_version = serializers.IntegerField()
    unit = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    hits = serializers.IntegerField(allow_null=True)
    exact = serializers.BooleanField()
    before = serializers.FloatField(allow_null=True)
    n_before = serializers.IntegerField()
    rows = serializers.CharField()


class ExclusionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    n = serializers.IntegerField()
    rows = serializers.CharField()


class KpiSerializer(serializers.Serializer[Any]):
    kpi = serializers.CharField()
    title = serializers.CharField()
    headline = serializers.CharField()
    definition_version = serializers.IntegerField()
    definition = serializers.ListField(child=serializers.CharField())
    start = serializers.DateField()
    end = serializers.DateField()
    clock = serializers.CharField()
    error_bound = serializers.FloatField(help_text="Of percentiles that are not exact, relative.")
    provisional_from = serializers.DateField(allow_null=True)
    measures = MeasureSerializer(many=True)
    exclusions = ExclusionSerializer(many=True)


class RowSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    subject = serializers.CharField(help_text="Model of the record, such as desk.salesrequest.")
    subject_id = serializers.IntegerField()
    name = serializers.CharField()
    calendar = serializers.IntegerField(allow_null=True)
    business = serializers.IntegerField(allow_null=True)
    hit = serializers.BooleanField(allow_null=True)
    value = serializers.FloatField(allow_null=True)


class RowPageSerializer(serializers.Serializer[Any]):
    measure = serializers.CharField()
    next = serializers.CharField(allow_null=True, help_text="Send it as `after`.")
    results = RowSerializer(many=True)


PARAMETERS: Final = [
    OpenApiParameter("from", str, description="First day, YYYY-MM-DD; 90 days by default."),
    OpenApiParameter("to", str, description="Last day, YYYY-MM-DD; today by default."),
    OpenApiParameter("team", int, description="Id of a team; 0 for none."),
    OpenApiParameter(
        "type", int, description="Request type (turnaround) or department (response)."
    ),
    OpenApiParameter("coordinator", int, description="Id of a colleague; 0 for nobody."),
    OpenApiParameter("rep", int, description="Id of a colleague; 0 for nobody."),
    OpenApiParameter("account", str, description="Name or id of an account."),
    OpenApiParameter("priority", int, description="1 urgent to 4 low; requests only."),
    OpenApiParameter("channel", str, description="Of the answer: portal, mail ..."),
    OpenApiParameter("zone", str, description="IANA zone in which days are cut."),
    OpenApiParameter("against", str, enum=["before", "year"]),
    OpenApiParameter("clock", str, enum=["business", "calendar"]),
]


class KpiView(APIView):
    """The measures of one KPI, with their definitions, exclusions and links to the rows."""

    slug = ""
    permissions: ClassVar[dict[str, str]] = {"get": "kpis.view_kpis"}

    @extend_schema(parameters=PARAMETERS, responses=KpiSerializer)
    def get(self, request: Request) -> Response:
        kpi = KPIS[self.slug]
        filters, known = read_filters(request, kpi, NAMES)
        today = day_of(timezone.now())
        found = report(kpi, filters, teams=known.teams, types=known.types, today=today)
        body = {
            "kpi": kpi.slug, "title": kpi.title, "headline": kpi.headline,
            "definition_version": kpi.version, "definition": kpi.definition,
            "start": filters.start, "end": filters.end, "clock": filters.clock,
            "error_bound": ERROR, "provisional_from": found.provisional_from,
            "measures": [_measure(kpi, figure, filters) for figure in found.figures],
            "exclusions": [
                {"name": name, "label": words, "n": n, "rows": _rows_url(kpi, name, filters)}
                for name, words, n in found.excluded
            ],
        }  # fmt: skip
        return Response(KpiSerializer(body).data)


class KpiRowsView(APIView):
    """The rows behind a measure, newest first."""

    slug = ""
    permissions: ClassVar[dict[str, str]] = {"get": "kpis.view_kpis"}

    @extend_schema(
        parameters=[
            *PARAMETERS,
            OpenApiParameter("measure", str, description="The headline by default."),
            OpenApiParameter("after", str, description="`next` of the page before."),
        ],
        responses=RowPageSerializer,
    )
    def get(self, request: Request) -> Response:
        kpi = KPIS[self.slug]
        filters, _ = read_filters(request, kpi, NAMES | {"measure", "after"})
        measure = _known(kpi, request.query_params.get("measure", kpi.headline))
        found = page(measure, filters, after=request.query_params.get("after", ""))
        body = {"measure": measure.name, "next": found.next or None, "results": found.rows}
        return Response(RowPageSerializer(body).data)


def read_filters(request: Request, kpi: Kpi, known: frozenset[str]) -> tuple[Filters, Choices]:
    """The filters of the URL.

    :raises ValidationError: 400, for unknown names and values that cannot be used.
    """
    unknown = sorted(set(request.query_params) - known - {"format"})
    cuts = {*kpi.cut_by, "team", *(["type"] if kpi.typed else [])}
    unknown += [name for name in WHOSE if name in request.query_params and name not in cuts]
    if unknown:
        raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such filter."))
    choices = choices_of(kpi.slug)
    today = day_of(timezone.now())
    form = FilterForm(request.query_params, kpi=kpi, today=today, choices=choices)
    if not form.is_valid():
        raise serializers.ValidationError(form.errors.get_json_data())
    return form.filters(), choices


def _known(kpi: Kpi, name: str) -> Measure:
    for measure in kpi.measures:
        if measure.name == name:
            return measure
    raise serializers.ValidationError({"measure": "There is no such measure."})


def _measure(kpi: Kpi, figure: Figure, filters: Filters) -> dict[str, Any]:
    measure = figure.measure
    return {
        "name": measure.name, "label": measure.label, "definition": measure.text,
        "definition_version": measure.version, "unit": measure.unit, "value": figure.value,
        "median": figure.median, "p90": figure.p90, "mean": figure.mean, "n": figure.n,
        "hits": figure.hits if measure.unit == "share" else None, "exact": figure.exact,
        "before": figure.before, "n_before": figure.before_n,
        "rows": _rows_url(kpi, measure.name, filters),
    }  # fmt: skip


def _rows_url(kpi: Kpi, measure: str, filters: Filters) -> str:
    return f"{reverse(f'api-kpis-{kpi.slug}-rows')}?{filters.query}&measure={measure}"


paths: list[URLPattern] = [
    entry
    for slug in KPIS
    for entry in (
        path(f"kpis/{slug}/", KpiView.as_view(slug=slug), name=f"api-kpis-{slug}"),
        path(f"kpis/{slug}/rows/", KpiRowsView.as_view(slug=slug), name=f"api-kpis-{slug}-rows"),
    )
]
