"""/api/threads/ and /api/messages/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets

from comms import queries, services
from comms.models import Message, Thread, Visibility
from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer
from people.doors import me


class ThreadSerializer(StrictModelSerializer[Thread]):
    class Meta:
        model = Thread
        fields = ["id", "subject_type", "subject_id", "account_id", "created_at"]
        read_only_fields = fields


class MessageSerializer(StrictModelSerializer[Message]):
    """A message. Reps and departments write to the desk; only the desk writes to customers."""

    thread = serializers.PrimaryKeyRelatedField(queryset=Thread.objects.all())
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.REQUESTER)
    body = serializers.CharField(max_length=20_000)
    quotes = serializers.PrimaryKeyRelatedField(
        queryset=Message.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = Message
        fields = ["id", "thread", "author", "author_name", "visibility", "body", "at", "quotes", "channel",
                  "contact", "edited_at", "withdrawn_at"]  # fmt: skip
        read_only_fields = [
            "id",
            "author",
            "author_name",
            "at",
            "channel",
            "contact",
            "edited_at",
            "withdrawn_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["request"].user
        if not queries.threads_of(user, pks=[attrs["thread"].pk]).exists():
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        works = user.has_perm("desk.work_queue")
        if attrs["visibility"] == Visibility.CUSTOMER and not works:
            raise serializers.ValidationError({"visibility": "Only the desk writes to customers."})
        if attrs["visibility"] == Visibility.INTERNAL and not works and user.department_id is None:
            raise serializers.ValidationError({"visibility": "Internal notes are the desk's."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Message:
        user, thread = self.context["request"].user, validated_data["thread"]
        subject = queries.subject_of(user, thread.subject_type, thread.subject_id)
        if subject is None:
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        try:
            return services.say(
                subject, body=validated_data["body"], visibility=validated_data["visibility"],
                by=user, at=timezone.now(), asks_desk=not user.has_perm("desk.work_queue"),
                quotes=validated_data.get("quotes"),
            )  # fmt: skip
        except services.Unsendable as refusal:
            raise Refused(str(refusal)) from refusal


class ThreadFilter(django_filters.FilterSet):
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)


class MessageFilter(django_filters.FilterSet):
    thread = django_filters.NumberFilter(field_name="thread_id", min_value=0, max_value=2**62)


class ThreadViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Thread]
):
    """Conversations about requests and other objects."""

    queryset = Thread.objects.all()
    serializer_class = ThreadSerializer
    filterset_class = ThreadFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {"list": "comms.view_message", "retrieve": "comms.view_message"}

    def get_queryset(self) -> QuerySet[Thread]:
        if getattr(self, "swagger_fake_view", False):
            return Thread.objects.none()
        return queries.threads_of(me(self.request))


class MessageViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Message],
):  # fmt: skip
    """What was written, as far as you may read it."""

    queryset = Message.objects.all()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_message", "retrieve": "comms.view_message", "create": "comms.add_message",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Message]:
        if getattr(self, "swagger_fake_view", False):
            return Message.objects.none()
        return queries.messages_of(me(self.request))


routes = [("threads", ThreadViewSet), ("messages", MessageViewSet)]
