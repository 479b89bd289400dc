"""/api/followups/, /api/followup-rules/ and /api/followup-pauses/"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

import django_filters
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Account
from followups import services
from followups.conditions import OPS
from followups.models import FollowUp, Pause, Rule, Step
from followups.planning import Plan
from followups.stops import STOPS
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from kit.filters import MomentFilter
from people.doors import me

PK: Final = r"[0-9]{1,18}"
BIGGEST: Final = 2**62
MOST_DAYS: Final = 92
SEES, ACTS, RULES = "followups.view_followup", "followups.change_followup", "followups.change_rule"
T = TypeVar("T")


def guard(act: Callable[[], T]) -> T:
    """Run one service call; its refusals become 409 (settled already) or 422 (unsound)."""
    try:
        return act()
    except services.AlreadySettled as refusal:
        raise Conflict(str(refusal), "already_settled") from refusal
    except services.Unsound as refusal:
        raise Refused(str(refusal), "unsound") from refusal


class FollowUpSerializer(StrictModelSerializer[FollowUp]):
    """Why it exists, when and why then; why it was sent or stopped. `delivery` is the mail owed."""

    class Meta:
        model = FollowUp
        fields = [
            "id", "rule", "rule_version", "step", "subject_type", "subject_id", "account_id", "recipient",
            "recipient_name", "owner", "channel", "status", "due_at", "reason", "why_then", "why_sent",
            "stop_reason", "problem", "subject", "body", "approved_by", "delivery", "created_at", "settled_at",
        ]  # fmt: skip
        read_only_fields = fields


class StopSerializer(StrictSerializer):
    why = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class MoveSerializer(StrictSerializer):
    to = serializers.DateTimeField()

    def validate_to(self, value: Any) -> Any:
        if not 2000 <= value.year < 2200:  # noqa: PLR2004 - what a calendar still shows
            raise serializers.ValidationError("Choose a time nearer to now.")
        return value


class DraftSerializer(StrictSerializer):
    subject = serializers.CharField(max_length=250)
    body = serializers.CharField(max_length=20_000)


class NothingSerializer(StrictSerializer):
    pass


class FollowUpFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=FollowUp.Status.choices)
    rule = django_filters.CharFilter(max_length=40)
    account_id = django_filters.NumberFilter(min_value=0, max_value=BIGGEST)
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=BIGGEST)
    recipient = django_filters.CharFilter(method="to", max_length=254, label="The whole address")
    due_after = MomentFilter(field_name="due_at", lookup_expr="gte")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")

    def to(self, rows: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:  # noqa: ARG002
        return rows.annotate(address=Lower("recipient")).filter(address=value.lower())


class FollowUpViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[FollowUp],
):
    """What goes out by itself, with the reason why. 409 `already_settled` if it went out or was stopped,
    422 `unsound` for what cannot be done like that."""

    queryset = FollowUp.objects.all()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter
    lookup_value_regex = PK
    permissions = {
        "list": SEES, "retrieve": SEES, "stop": ACTS, "move": ACTS, "send": ACTS, "approve": ACTS,
        "draft": ACTS,
    }  # fmt: skip

    def _done(self, request: Request, form: serializers.Serializer[Any], act: Any) -> Response:
        form.is_valid(raise_exception=True)
        row = self.get_object()
        guard(lambda: act(row, **form.validated_data, by=me(request), at=timezone.now()))
        return Response(FollowUpSerializer(row).data)

    @extend_schema(request=StopSerializer, responses=FollowUpSerializer)
    @action(detail=True, methods=["post"], serializer_class=StopSerializer)
    def stop(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """It shall not go out; 409 if it did."""
        return self._done(request, StopSerializer(data=request.data), services.stop)

    @extend_schema(request=MoveSerializer, responses=FollowUpSerializer)
    @action(detail=True, methods=["post"], serializer_class=MoveSerializer)
    def move(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A scheduled one goes out at another time; 422 for one that has passed."""
        return self._done(request, MoveSerializer(data=request.data), services.move)

    @extend_schema(request=NothingSerializer, responses=FollowUpSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def send(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Do now what it would do when due; its `status` says what became of it."""
        return self._done(request, NothingSerializer(data=request.data), services.send_now)

    @extend_schema(request=NothingSerializer, responses=FollowUpSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Send a draft as it stands; 409 if it has become unnecessary."""
        return self._done(request, NothingSerializer(data=request.data), services.approve)

    @extend_schema(request=DraftSerializer, responses=FollowUpSerializer)
    @action(detail=True, methods=["post"], serializer_class=DraftSerializer)
    def draft(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Change what a draft says."""
        return self._done(request, DraftSerializer(data=request.data), services.rewrite)


class FollowUpConditionSerializer(StrictSerializer):
    """`field` is one of the kind's, or event.<key>: what the journal's entry holds under that key."""

    field = serializers.CharField(max_length=60)
    op = serializers.ChoiceField(choices=list(OPS.items()))
    value = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")


class FollowUpStepSerializer(StrictModelSerializer[Step]):
    """`amount` below zero is before the moment `anchor`; without an anchor it counts from the event."""

    amount = serializers.IntegerField(min_value=-1000, max_value=1000)
    unit = serializers.ChoiceField(choices=Step.Unit.choices, default=Step.Unit.DAYS)
    clock = serializers.ChoiceField(choices=Step.Clock.choices, default=Step.Clock.READER)
    anchor = serializers.CharField(max_length=30, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Step.Channel.choices, default=Step.Channel.MAIL)
    needs_approval = serializers.BooleanField(default=True)

    class Meta:
        model = Step
        fields = [
            "amount",
            "unit",
            "clock",
            "anchor",
            "channel",
            "needs_approval",
            "subject",
            "body",
        ]


class FollowUpRuleSerializer(StrictModelSerializer[Rule]):
    """A rule as a whole: it is made and changed with all its steps, and each save is a version."""

    name = serializers.CharField(max_length=120)
    about = serializers.CharField(max_length=300, allow_blank=True, default="")
    kind = serializers.CharField(max_length=60)
    actions = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=50
    )
    conditions = FollowUpConditionSerializer(many=True, default=list, max_length=20)  # type: ignore[call-arg]
    reader = serializers.CharField(max_length=30)
    steps = FollowUpStepSerializer(many=True, min_length=1, max_length=10)  # type: ignore[call-arg]
    stops = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(STOPS)), default=list, max_length=20
    )
    most = serializers.IntegerField(min_value=1, max_value=100, allow_null=True, default=None)
    restarts = serializers.BooleanField(default=True)
    may_leave = serializers.BooleanField(default=False)

    class Meta:
        model = Rule
        fields = [
            "id", "code", "name", "about", "kind", "actions", "conditions", "reader", "steps", "stops", "most",
            "restarts", "may_leave", "is_active", "shipped", "version", "changed_at", "changed_by",
        ]  # fmt: skip
        read_only_fields = [
            "id",
            "code",
            "is_active",
            "shipped",
            "version",
            "changed_at",
            "changed_by",
        ]

    def to_representation(self, instance: Rule) -> dict[str, Any]:
        found = super().to_representation(instance)
        steps = sorted(instance.steps.all(), key=lambda step: step.position)
        found["steps"] = FollowUpStepSerializer(steps, many=True).data
        return found

    def create(self, validated_data: dict[str, Any]) -> Rule:
        return self._saved(None, validated_data)

    def update(self, instance: Rule, validated_data: dict[str, Any]) -> Rule:
        return self._saved(instance, validated_data)

    def _saved(self, row: Rule | None, said: dict[str, Any]) -> Rule:
        wording = services.Wording(**said)
        user = self.context["request"].user
        saved = guard(lambda: services.save(row, wording, by=user, at=timezone.now()))
        return Rule.objects.prefetch_related("steps").get(pk=saved.pk)


class SwitchSerializer(StrictSerializer):
    on = serializers.BooleanField()


class TrySerializer(StrictSerializer):
    """How many days to look back."""

    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)


class FollowUpReasonSerializer(serializers.Serializer[Any]):
    why = serializers.CharField()
    count = serializers.IntegerField()


class FollowUpTrialSerializer(serializers.Serializer[Any]):
    """What it would have done: `stopped` by reason; `cut` says that only the newest events were looked at."""

    events = serializers.IntegerField()
    sent = serializers.IntegerField()
    drafted = serializers.IntegerField()
    still_open = serializers.IntegerField()
    cut = serializers.BooleanField()
    stopped = serializers.SerializerMethodField()

    @extend_schema(responses=FollowUpReasonSerializer(many=True))
    def get_stopped(self, trial: services.Trial) -> list[dict[str, Any]]:
        return [{"why": why, "count": count} for why, count in trial.stopped.most_common()]


class RuleFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=60)
    is_active = django_filters.BooleanFilter()


class RuleViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.UpdateModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Rule],
):  # fmt: skip
    """When something happens, then somebody hears it, until something makes it unnecessary."""

    queryset = Rule.objects.prefetch_related("steps")
    serializer_class = FollowUpRuleSerializer
    filterset_class = RuleFilter
    lookup_value_regex = PK
    http_method_names = ["get", "post", "put", "delete", "head", "options"]
    permissions = {
        "list": SEES, "retrieve": SEES, "create": RULES, "update": RULES, "destroy": RULES, "switch": RULES,
        "try_out": RULES, "try_unsaved": RULES,
    }  # fmt: skip

    def perform_destroy(self, instance: Rule) -> None:
        guard(lambda: services.remove(instance, by=me(self.request), at=timezone.now()))

    @extend_schema(request=SwitchSerializer, responses=FollowUpRuleSerializer)
    @action(detail=True, methods=["post"], serializer_class=SwitchSerializer)
    def switch(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """On or off; twice changes nothing."""
        form, row = SwitchSerializer(data=request.data), self.get_object()
        form.is_valid(raise_exception=True)
        services.switch(row, on=form.validated_data["on"], by=me(request), at=timezone.now())
        return Response(
            FollowUpRuleSerializer(self.get_object(), context=self.get_serializer_context()).data
        )

    @extend_schema(request=TrySerializer, responses=FollowUpTrialSerializer)
    @action(detail=True, methods=["post"], url_path="try-out", serializer_class=TrySerializer)
    def try_out(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What it would have done in the last days, without doing it."""
        form, row = TrySerializer(data=request.data), self.get_object()
        form.is_valid(raise_exception=True)
        return self._tried(Plan.of(row), form.validated_data["days"])

    @extend_schema(
        operation_id="followup_rules_try_unsaved", request=FollowUpRuleSerializer,
        responses=FollowUpTrialSerializer,
    )  # fmt: skip
    @action(detail=False, methods=["post"], url_path="try-out")
    def try_unsaved(self, request: Request) -> Response:
        """What a rule that nobody saved would have done in the last 30 days."""
        form = FollowUpRuleSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = services.Wording(**form.validated_data)
        guard(lambda: services.check(said))
        return self._tried(Plan.of(*services.unsaved(said)), 30)

    def _tried(self, plan: Plan, days: int) -> Response:
        now = timezone.now()
        found = services.try_out(plan, since=now - timedelta(days=days), until=now)
        return Response(FollowUpTrialSerializer(found).data)


class FollowUpPauseSerializer(StrictModelSerializer[Pause]):
    """Of a rule, of an account, or with neither of everything."""

    rule = serializers.PrimaryKeyRelatedField(
        queryset=Rule.objects.all(), allow_null=True, default=None
    )
    account_id = serializers.IntegerField(
        min_value=1, max_value=BIGGEST, allow_null=True, default=None
    )
    why = serializers.CharField(max_length=300)

    class Meta:
        model = Pause
        fields = ["id", "rule", "account_id", "why", "since", "by", "ended_at", "ended_by"]
        read_only_fields = ["id", "since", "by", "ended_at", "ended_by"]

    def validate_account_id(self, value: int | None) -> int | None:
        if value is not None and not Account.objects.filter(pk=value).exists():
            raise serializers.ValidationError("There is no such account.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("rule") is not None and attrs.get("account_id") is not None:
            raise serializers.ValidationError("Pause a rule or an account, one at a time.")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Pause:
        user = self.context["request"].user
        return guard(lambda: services.pause(**validated_data, by=user, at=timezone.now()))


class PauseFilter(django_filters.FilterSet):
    standing = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    account_id = django_filters.NumberFilter(min_value=0, max_value=BIGGEST)


class PauseViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Pause],
):  # fmt: skip
    """While it stands, nothing of it goes out; what falls due waits."""

    queryset = Pause.objects.all()
    serializer_class = FollowUpPauseSerializer
    filterset_class = PauseFilter
    lookup_value_regex = PK
    permissions = {"list": SEES, "retrieve": SEES, "create": ACTS, "end": ACTS}

    @extend_schema(request=NothingSerializer, responses=FollowUpPauseSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def end(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Go on; twice changes nothing."""
        form, row = NothingSerializer(data=request.data), self.get_object()
        form.is_valid(raise_exception=True)
        services.go_on(row, by=me(request), at=timezone.now())
        return Response(FollowUpPauseSerializer(row).data, status=status.HTTP_200_OK)


routes = [
    ("followups", FollowUpViewSet),
    ("followup-rules", RuleViewSet),
    ("followup-pauses", PauseViewSet),
]
