"""/api/suggestions/"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from improve import services
from improve.detectors import REGISTRY
from improve.models import Comment, IllegalMove, State, Suggestion
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from people.doors import me

SEES, ACTS = "improve.view_suggestion", "improve.change_suggestion"
PK: Final = r"[0-9]{1,18}"
MOST_DAYS: Final = 180
T = TypeVar("T")


def guard(act: Callable[[], T]) -> T:
    """Run one service call; its refusals become 409 (decided already) or 422."""
    try:
        return act()
    except IllegalMove as refusal:
        raise Conflict(str(refusal), "decided_already") from refusal
    except (services.NoReason, services.BadDay, services.Unsaid) as refusal:
        raise Refused(str(refusal)) from refusal


class SuggestionSerializer(StrictModelSerializer[Suggestion]):
    """Hours are those lost in a month, with the band of the effect; `lines` is the calculation;
    `followed` compares before and after once the change is in force."""

    class Meta:
        model = Suggestion
        fields = [
            "id", "key", "detector", "about", "team", "title", "summary", "state", "stands", "snoozed_until",
            "n", "effect", "effect_low", "effect_high", "p", "q", "later_p", "later_effect", "hours",
            "hours_low", "hours_high", "tested_together", "period_start", "period_end", "lines", "bars",
            "change", "reason", "accepted_at", "accepted_by", "changed_on", "expected", "followed",
            "first_found_at", "last_found_at",
        ]  # fmt: skip
        read_only_fields = fields


class SuggestionCommentSerializer(StrictModelSerializer[Comment]):
    class Meta:
        model = Comment
        fields = ["id", "by", "at", "body"]
        read_only_fields = fields


class NothingSerializer(StrictSerializer):
    pass


class DismissSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class PutOffSerializer(StrictSerializer):
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)


class MadeOnSerializer(StrictSerializer):
    on = serializers.DateField()


class CommentWordsSerializer(StrictSerializer):
    body = serializers.CharField(max_length=2_000)


class SuggestionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices)
    detector = django_filters.ChoiceFilter(
        choices=[(code, one.title) for code, one in REGISTRY.items()]
    )
    stands = django_filters.BooleanFilter()


class SuggestionViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Suggestion],
):
    """What costs hours, found by the portal, with its evidence. 409 `decided_already` for a step that the
    state does not allow."""

    queryset = Suggestion.objects.all()
    serializer_class = SuggestionSerializer
    filterset_class = SuggestionFilter
    lookup_value_regex = PK
    permissions = {
        "list": SEES, "retrieve": SEES, "comments": SEES, "look": ACTS, "accept": ACTS, "made": ACTS,
        "take_back": ACTS, "dismiss": ACTS, "open_again": ACTS, "snooze": ACTS, "look_again": ACTS,
    }  # fmt: skip

    def _done(self, form: serializers.Serializer[Any], act: Any) -> Response:
        form.is_valid(raise_exception=True)
        row = self.get_object()
        guard(lambda: act(row, **form.validated_data, by=me(self.request), at=timezone.now()))
        row.refresh_from_db()
        return Response(SuggestionSerializer(row).data)

    @extend_schema(request=NothingSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def look(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Somebody has seen it."""
        return self._done(NothingSerializer(data=request.data), services.look)

    @extend_schema(request=NothingSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def accept(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """We do it; the change itself is made where it belongs."""
        return self._done(NothingSerializer(data=request.data), services.accept)

    @extend_schema(request=MadeOnSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], serializer_class=MadeOnSerializer)
    def made(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The change is in force since a day."""
        return self._done(MadeOnSerializer(data=request.data), services.made)

    @extend_schema(request=NothingSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], url_path="take-back", serializer_class=NothingSerializer)
    def take_back(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Not accepted, or not changed, after all."""
        return self._done(NothingSerializer(data=request.data), services.take_back)

    @extend_schema(request=DismissSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], serializer_class=DismissSerializer)
    def dismiss(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Not for us; it comes back when half as many hours again are lost."""
        return self._done(DismissSerializer(data=request.data), services.dismiss)

    @extend_schema(request=NothingSerializer, responses=SuggestionSerializer)
    @action(
        detail=True, methods=["post"], url_path="open-again", serializer_class=NothingSerializer
    )
    def open_again(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Take a dismissal back."""
        return self._done(NothingSerializer(data=request.data), services.open_again)

    @extend_schema(request=PutOffSerializer, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], serializer_class=PutOffSerializer)
    def snooze(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Out of the list for some days."""
        return self._done(PutOffSerializer(data=request.data), services.snooze)

    @extend_schema(request=CommentWordsSerializer, responses=SuggestionCommentSerializer(many=True))
    @action(
        detail=True,
        methods=["get", "post"],
        serializer_class=CommentWordsSerializer,
        filterset_class=None,
        pagination_class=None,
    )
    def comments(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What was said about it, oldest first; POST adds to it."""
        row = self.get_object()
        code: int = status.HTTP_200_OK
        if request.method == "POST":
            form = CommentWordsSerializer(data=request.data)
            form.is_valid(raise_exception=True)
            guard(
                lambda: services.comment(
                    row, **form.validated_data, by=me(request), at=timezone.now()
                )
            )
            code = status.HTTP_201_CREATED
        found = row.comments.order_by("at", "pk")[:200]
        return Response(SuggestionCommentSerializer(found, many=True).data, status=code)

    @extend_schema(request=NothingSerializer, responses={202: None})
    @action(
        detail=False, methods=["post"], url_path="look-again", serializer_class=NothingSerializer
    )
    def look_again(self, request: Request) -> Response:
        """Ask for a look at everything; a worker does it within seconds."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        run = services.ask_run(by=me(request), at=timezone.now())
        return Response({"run": run.pk, "status": run.status}, status=status.HTTP_202_ACCEPTED)


routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = [("suggestions", SuggestionViewSet)]
