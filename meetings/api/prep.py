"""Before and after a meeting: /api/meetings/<id>/prep/, materials/, evidence/, outcome/."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from meetings import queries, services
from meetings.models import Evidence, IllegalMove, Meeting, PrepItem
from meetings.prep import paper, reading
from meetings.services.outcomes import ANSWER_CHOICES, LONGEST_TEXT, MOST_STEPS
from people.doors import me
from people.models import User

T = TypeVar("T")
VIEW = "meetings.view_meeting"
# Who may see a meeting may ask; who of them may write is looked at in each action.
PERMISSIONS = {
    "outcome": VIEW, "correct": "meetings.change_meeting", "evidence": VIEW, "prep": VIEW,
    "report": VIEW, "prep_pdf": VIEW, "materials": VIEW, "material": VIEW,
}  # fmt: skip


class NextStepSerializer(StrictSerializer):
    what = serializers.CharField(max_length=200)
    who = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True, default=None
    )
    due_on = serializers.DateField(required=False, allow_null=True, default=None)


class MeetingReportSerializer(StrictSerializer):
    """Notes stay inside; next steps become tasks, `follow_up_days` a draft to the guests."""

    notes = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, default=""
    )
    summary = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, default=""
    )
    next_steps = serializers.ListField(
        child=NextStepSerializer(), required=False, max_length=MOST_STEPS, default=list
    )
    follow_up_days = serializers.IntegerField(
        min_value=1, max_value=60, required=False, allow_null=True, default=None
    )


class OutcomeSerializer(MeetingReportSerializer):
    """How it went, and what came of it."""

    outcome = serializers.ChoiceField(choices=ANSWER_CHOICES)
    started_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ended_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class OutcomeCorrectionSerializer(StrictSerializer):
    outcome = serializers.ChoiceField(choices=ANSWER_CHOICES)
    started_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ended_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)


class EvidenceSerializer(StrictModelSerializer[Evidence]):
    kind = serializers.ChoiceField(
        choices=[Evidence.Kind.REPLY, Evidence.Kind.JOIN, Evidence.Kind.NOTE]
    )
    side = serializers.ChoiceField(
        choices=[("host", "The host"), ("guest", "A guest")], required=False, allow_blank=True,
        default="",
    )  # fmt: skip

    class Meta:
        model = Evidence
        fields = ["id", "kind", "at", "side", "who", "text"]
        read_only_fields = ["id"]


class KeptEvidenceSerializer(EvidenceSerializer):
    """As it is kept: also a person's word, which comes with the outcome."""

    kind = serializers.ChoiceField(choices=Evidence.Kind.choices)


class PrepItemSerializer(StrictModelSerializer[PrepItem]):
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    done = serializers.BooleanField(required=False, write_only=True)

    class Meta:
        model = PrepItem
        fields = ["id", "title", "owner", "due_at", "position", "done", "done_at", "done_by"]
        read_only_fields = ["id", "position", "done_at", "done_by"]


class BriefLineSerializer(StrictSerializer):
    text = serializers.CharField(read_only=True)
    note = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)
    tone = serializers.CharField(read_only=True)


class BriefFigureSerializer(StrictSerializer):
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    value = serializers.FloatField(read_only=True)


class BriefSectionSerializer(StrictSerializer):
    """A section of the prep pack, as far as the caller may see it."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    lines = BriefLineSerializer(many=True, read_only=True)
    figures = BriefFigureSerializer(many=True, read_only=True)
    currency = serializers.CharField(read_only=True)
    broken = serializers.BooleanField(read_only=True)


def parsed(request: Request, kind: Any, **options: Any) -> dict[str, Any]:
    form = kind(data=request.data, **options)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def settled(act: Callable[[], T]) -> T:
    """What `act` returns; its refusals as those of the API."""
    try:
        return act()
    except IllegalMove as refusal:
        raise Conflict(str(refusal)) from refusal
    except services.BadMeeting as refusal:
        raise Refused(str(refusal)) from refusal


def _report(said: dict[str, Any]) -> services.Report:
    """Taken out of what was sent."""
    steps = [services.NextStep(**step) for step in said.pop("next_steps")]
    return services.Report(
        said.pop("notes"), said.pop("summary"), steps, said.pop("follow_up_days")
    )


class PrepActions(viewsets.GenericViewSet[Meeting]):
    """Actions of the viewset of meetings."""

    _do: Callable[[Any], Response]

    def _allowed(self, rule: Callable[[User, Meeting], bool]) -> Meeting:
        row = self.get_object()
        if not rule(me(self.request), row):
            raise PermissionDenied
        return row

    @action(detail=True, methods=["post"], serializer_class=OutcomeSerializer)
    def outcome(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say how it went: once; `correct` changes it afterwards."""
        self._allowed(queries.may_say)
        said = parsed(request, OutcomeSerializer)
        report = _report(said)
        return self._do(
            lambda row: services.confirm_outcome(
                row, by=me(request), at=timezone.now(), report=report, **said
            )
        )

    @action(detail=True, methods=["post"], serializer_class=MeetingReportSerializer)
    def report(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Notes, summary and further next steps once its outcome was said."""
        self._allowed(queries.may_say)
        report = _report(parsed(request, MeetingReportSerializer))
        return self._do(
            lambda row: services.write_report(row, report=report, by=me(request), at=timezone.now())
        )

    @action(detail=True, methods=["post"], serializer_class=OutcomeCorrectionSerializer)
    def correct(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say with a reason that it went otherwise."""
        said = parsed(request, OutcomeCorrectionSerializer)
        return self._do(
            lambda row: services.correct_outcome(row, by=me(request), at=timezone.now(), **said)
        )

    @extend_schema(responses=KeptEvidenceSerializer(many=True), methods=["GET"])
    @extend_schema(responses={201: KeptEvidenceSerializer}, methods=["POST"])
    @action(detail=True, methods=["get", "post"], serializer_class=EvidenceSerializer)
    def evidence(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Signs that it took place; a join of the host and of a guest within its time confirms it."""
        row = self.get_object()
        if request.method != "POST":
            kept = row.evidence.order_by("at", "pk")
            return Response(KeptEvidenceSerializer(kept, many=True).data)
        self._allowed(queries.may_say)
        said, now = parsed(request, EvidenceSerializer), timezone.now()
        seen_at = said.pop("at")
        made = settled(
            lambda: services.add_evidence(row, seen_at=seen_at, by=me(request), at=now, **said)
        )
        services.weigh(row, at=now)
        return Response(KeptEvidenceSerializer(made).data, status=201)

    @extend_schema(responses=BriefSectionSerializer(many=True))
    @action(detail=True, methods=["get"], serializer_class=BriefSectionSerializer)
    def prep(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The prep pack as it is now, as far as the caller may see it."""
        sections = reading.read(self.get_object(), me(request), timezone.now())
        return Response(BriefSectionSerializer(sections, many=True).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="prep/pdf", url_name="prep-pdf")
    def prep_pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002
        """The same as PDF."""
        row, now = self.get_object(), timezone.now()
        drawn = paper.pdf(row, reading.read(row, me(request), now), now)
        return HttpResponse(drawn, content_type="application/pdf")

    @extend_schema(responses=PrepItemSerializer(many=True), methods=["GET"])
    @extend_schema(responses={201: PrepItemSerializer}, methods=["POST"])
    @action(detail=True, methods=["get", "post"], serializer_class=PrepItemSerializer)
    def materials(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What is to be brought."""
        row = self.get_object()
        if request.method != "POST":
            items = row.prep_items.order_by("position", "pk")
            return Response(PrepItemSerializer(items, many=True).data)
        self._allowed(queries.may_prepare)
        said = parsed(request, PrepItemSerializer)
        said.pop("done", None)
        made = settled(lambda: services.add_item(row, by=me(request), at=timezone.now(), **said))
        return Response(PrepItemSerializer(made).data, status=201)

    @extend_schema(responses={204: None}, methods=["DELETE"])
    @extend_schema(responses=PrepItemSerializer, methods=["PATCH"])
    @action(
        detail=True, methods=["patch", "delete"], url_path=r"materials/(?P<item>[0-9]{1,18})",
        url_name="material", serializer_class=PrepItemSerializer,
    )  # fmt: skip
    def material(self, request: Request, pk: str, item: str) -> Response:  # noqa: ARG002
        """Change, tick off (`done`) or remove one of them."""
        row, user, now = self.get_object(), me(request), timezone.now()
        found = row.prep_items.select_related("owner").filter(pk=int(item)).first()
        if found is None:
            raise NotFound
        found.meeting = row
        if request.method == "DELETE":
            self._allowed(queries.may_prepare)
            settled(lambda: services.remove_item(found, by=user, at=now))
            return Response(status=204)
        said = parsed(request, PrepItemSerializer, partial=True)
        done = said.pop("done", None)
        if said:
            self._allowed(queries.may_prepare)
            whole = {"title": found.title, "owner": found.owner, "due_at": found.due_at} | said
            settled(lambda: services.change_item(found, by=user, at=now, **whole))
        if done is not None:
            if found.owner_id != user.pk:
                self._allowed(queries.may_prepare)
            settled(lambda: services.tick_item(found, done=done, by=user, at=now))
        found.refresh_from_db()
        return Response(PrepItemSerializer(found).data)
