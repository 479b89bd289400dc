"""/api/event-logs/: the logs, and the same figures as on their pages."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kit.api import StrictModelSerializer
from process import serializers as out
from process.asking import Asked, asked_of, chosen_path, extra_counts, wanted
from process.forms import NAMES
from process.importing.api import routes as importing
from process.models import EventLog
from process.queries import bounces as back
from process.queries import cases as behind
from process.queries import conformance as comparing
from process.queries import handovers as between
from process.queries import labels
from process.queries.graph import process_map
from process.queries.rework import rework
from process.queries.variants import ways

FILTERS: Final = [
    OpenApiParameter("from", str, description="Cases that began on this day or later, YYYY-MM-DD."),
    OpenApiParameter("to", str, description="Cases that began on this day or earlier."),
    OpenApiParameter("team", int, description="Id of a team; 0 for none."),
    OpenApiParameter("type", int, description="Id of a request type; 0 for none."),
]
PATH: Final = [
    OpenApiParameter("path", str, description="Id of a path, or top: the most frequent way."),
    OpenApiParameter("others", str, enum=["count", "ignore"], description="Steps beside the path."),
]
CASES: Final = [
    OpenApiParameter("variant", int), OpenApiParameter("node", int, description="Id of an activity."),
    OpenApiParameter("edge", str, description="From~to, ids of activities; -1 start, -2 end."),
    OpenApiParameter("rework", str, description="1: only cases with rework."),
    OpenApiParameter("open", str, description="1: only open cases."),
    OpenApiParameter("deviates", str, description="any, or missing~12, order~12, again~12, extra~12."),
    OpenApiParameter("sort", str, enum=["newest", "longest"]),
    OpenApiParameter("after", str, description="`next` of the page before."),
]  # fmt: skip
CASE_NAMES: Final = frozenset(
    {"variant", "node", "edge", "rework", "open", "deviates", "sort", "after", "path", "others"}
)


class EventLogSerializer(StrictModelSerializer[EventLog]):
    class Meta:
        model = EventLog
        fields = [
            "id", "name", "about", "source", "calendar", "cases", "events", "version", "made_at",
            "changed_at",
        ]  # fmt: skip
        read_only_fields = fields


def figures(
    serializer: type[serializers.BaseSerializer[Any]], *more: OpenApiParameter
) -> Callable[..., Any]:
    """A GET below one log, described by what it answers."""

    def made(view: Callable[..., Response]) -> Any:
        found = action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
        # Around the action, which would put its own keywords in the place of a description.
        return extend_schema(parameters=[*FILTERS, *more], responses=serializer)(found(view))

    return made


class EventLogViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[EventLog]
):
    """Event logs: requests, orders, and those that were imported."""

    queryset: QuerySet[EventLog] = EventLog.objects.all()
    serializer_class = EventLogSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = dict.fromkeys(
        ("list", "retrieve", "map", "variants", "rework", "handovers", "waiting", "conformance",
         "cases", "bounces", "paths"),
        "process.view_eventlog",
    )  # fmt: skip

    @figures(out.MapSerializer)
    def map(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Which activity directly follows which: times, and waits in seconds on both clocks."""
        what = self.asked(request)
        whole = process_map(what.log, what.filters)
        body = {
            "cases": whole.cases, "events": whole.events,
            "nodes": [asdict(node) for node in whole.nodes],
            "edges": [asdict(edge) for edge in whole.edges],
        }  # fmt: skip
        return Response(out.MapSerializer(body).data)

    @figures(out.VariantsSerializer)
    def variants(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """The most frequent ways; durations are medians in seconds."""
        what = self.asked(request)
        return Response(out.VariantsSerializer(asdict(ways(what.log, what.filters))).data)

    @figures(out.ReworkSerializer)
    def rework(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Activities that come back and loops; costs in seconds over all cases."""
        what = self.asked(request)
        found = rework(what.log, what.filters)
        return Response(out.ReworkSerializer({**asdict(found), "share": found.share}).data)

    @figures(out.BouncesSerializer)
    def bounces(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Requests sent back to the rep and hand-offs refused; of the log of requests only."""
        what = self.asked(request)
        if what.log.source != EventLog.Source.REQUESTS:
            raise serializers.ValidationError("Only the log of requests has bounce-backs.")
        return Response(out.BouncesSerializer(asdict(back.bounces(what.log, what.filters))).data)

    @figures(out.MatrixSerializer, OpenApiParameter("between", str, enum=["people", "parties"]))
    def handovers(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Who hands over to whom, how often, and after how many seconds on average."""
        what = self.asked(request, frozenset({"between"}))
        parties = request.query_params.get("between") == "parties"
        found = between.matrix(what.log, what.filters, "parties" if parties else "people")
        cells = [
            {"source": source, "target": target, "n": cell.n, "calendar": cell.calendar,
             "business": cell.business}
            for source, row in found.rows
            for target, cell in zip(found.labels, row, strict=True) if cell
        ]  # fmt: skip
        body = {"handovers": found.handovers, "stayed": found.stayed, "cases": found.cases,
                "per_case": found.per_case, "cells": cells}  # fmt: skip
        return Response(out.MatrixSerializer(body).data)

    @figures(out.WaitingSerializer)
    def waiting(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """On whom cases wait: every second between first and last step, charged to one side."""
        what = self.asked(request)
        return Response(out.WaitingSerializer(asdict(between.waiting(what.log, what.filters))).data)

    @figures(out.ConformanceSerializer, *PATH)
    def conformance(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """Finished cases against a path that is expected."""
        said = request.query_params
        what = self.asked(request, frozenset({"path", "others"}))
        path = chosen_path(what, said.get("path", ""))
        if path is None:
            raise serializers.ValidationError("There are no cases in this selection.")
        names = labels.activities(what.log)
        found = comparing.conformance(
            what.log, path, what.filters, names, extra_counts=extra_counts(said)
        )
        body = {
            "path": path.name, "steps": [names.get(a, "?") for a in path.activities],
            "cases": found.cases, "fitting": found.fitting, "share": found.share,
            "deviations": [{**asdict(d), "key": d.key} for d in found.deviations],
        }  # fmt: skip
        return Response(out.ConformanceSerializer(body).data)

    @figures(out.PathSerializer(many=True))  # type: ignore[arg-type]  # a list of them
    def paths(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """The paths that are expected of the log."""
        what = self.asked(request)
        names = labels.activities(what.log)
        rows = [
            {"id": row.pk, "name": row.name, "steps": [names.get(a, "?") for a in row.activities]}
            for row in what.log.model_paths.order_by("name", "pk")[:500]
        ]
        return Response(out.PathSerializer(rows, many=True).data)

    @figures(out.CasePageSerializer, *CASES, *PATH)
    def cases(self, request: Request, pk: str = "") -> Response:  # noqa: ARG002
        """The cases behind a figure."""
        what = self.asked(request, CASE_NAMES)
        chosen, _ = wanted(what, request.query_params)
        after = request.query_params.get("after", "")
        page = behind.page(what.log, what.filters, chosen, after=after)
        body = {"next": page.next or None, "results": page.rows}
        return Response(out.CasePageSerializer(body).data)

    def asked(self, request: Request, known: frozenset[str] = frozenset()) -> Asked:
        """The log and the filters of the URL.

        :raises ValidationError: 400, for unknown names and values that cannot be used.
        """
        said: QueryDict = request.query_params
        unknown = sorted(set(said) - NAMES - known - {"format"})
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such filter."))
        what = asked_of(self.get_object(), said)
        if not what.form.is_valid():
            raise serializers.ValidationError(what.form.errors.get_json_data())
        return what


routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = [
    ("event-logs", EventLogViewSet),
    *importing,
]
