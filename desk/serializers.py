"""What the API of the desk takes and gives, and how refusals are told."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from comms.services import Unsendable
from crm.api.shared import Visible
from crm.models import Account, Contact
from desk import services
from desk.models import HandOff, IllegalMove, Priority, RequestType, SalesRequest
from desk.services import BadForm, BadPromise, NotYours, Unfinished
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from meetings.services import BadMeeting
from orders.models import IllegalMove as OrderRefused
from orders.models import Order
from orders.services import BadLine, OnHold, Shortage, UnknownProduct, Unusable
from people.models import Department

CONFLICTS = (IllegalMove, Unfinished, NotYours, OrderRefused, OnHold, Shortage)
REFUSALS = (Unsendable, BadForm, BadMeeting, BadPromise, Unusable, BadLine, UnknownProduct)


def guard(act: Any) -> Any:
    """Run one service call; its refusals become 409 or 422."""
    try:
        return act()
    except CONFLICTS as refusal:
        raise Conflict(str(refusal)) from refusal
    except REFUSALS as refusal:
        raise Refused(str(refusal)) from refusal


class RequestTypeSerializer(StrictModelSerializer[RequestType]):
    class Meta:
        model = RequestType
        fields = ["slug", "name", "description", "icon", "form", "checklist", "version", "creates"]
        read_only_fields = fields


class RequestSerializer(StrictModelSerializer[SalesRequest]):
    """A request; `data` answers the fields of its type."""

    type = serializers.SlugRelatedField(
        slug_field="slug", queryset=RequestType.objects.filter(is_active=True)
    )
    account = Visible(Account, required=False, allow_null=True)
    contact = Visible(Contact, required=False, allow_null=True)
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.NORMAL)
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = SalesRequest
        fields = [
            "id", "ref", "type", "subject", "account", "contact", "data", "priority", "wanted_on",
            "status", "outcome", "requester", "holder", "team", "party", "party_user",
            "party_department", "party_since", "submitted_at", "first_response_at", "resolved_at",
            "response_due_at", "due_at", "left_seconds", "reopened", "order", "meeting", "version", "tags",
            "checked", "assigned_why", "duplicate_of", "split_from",
        ]  # fmt: skip
        read_only_fields = [
            "id", "status", "outcome", "requester", "holder", "team", "party", "party_user",
            "party_department", "party_since", "submitted_at", "first_response_at", "resolved_at",
            "response_due_at", "due_at", "left_seconds", "reopened", "order", "meeting", "version", "tags",
            "checked", "assigned_why", "duplicate_of", "split_from",
        ]  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        contact, account = attrs.get("contact"), attrs.get("account")
        if contact is not None and (account is None or contact.account_id != account.pk):
            raise serializers.ValidationError({"contact": "This person is not at that account."})
        if account is None and attrs["type"].creates in {"order", "quote"}:
            raise serializers.ValidationError({"account": "Say for which account."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> SalesRequest:
        user = self.context["request"].user
        try:
            return services.submit(
                validated_data["type"], subject=validated_data["subject"],
                account=validated_data.get("account"), requester=user,
                data=validated_data.get("data", {}), priority=validated_data["priority"],
                wanted_on=validated_data.get("wanted_on"), by=user, at=timezone.now(),
                contact=validated_data.get("contact"), source="api",
            )  # fmt: skip
        except services.BadAnswers as refusal:
            raise serializers.ValidationError({"data": refusal.problems}) from refusal


class BodySerializer(StrictSerializer):
    body = serializers.CharField(max_length=20_000)


class MaybeBodySerializer(StrictSerializer):
    body = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")


class ResolveSerializer(MaybeBodySerializer):
    override = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class AnswerBackSerializer(BodySerializer):
    visibility = serializers.ChoiceField(
        choices=["requester", "customer", "internal"], default="requester"
    )


class DuplicateSerializer(StrictSerializer):
    of = serializers.PrimaryKeyRelatedField(queryset=SalesRequest.objects.all())


class EmptySerializer(StrictSerializer):
    pass


class SpanSerializer(StrictSerializer):
    party = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    seconds = serializers.FloatField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)


class HandOffSerializer(StrictModelSerializer[HandOff]):
    department = serializers.SlugRelatedField(slug_field="slug", queryset=Department.objects.all())
    order = serializers.PrimaryKeyRelatedField(
        queryset=Order.objects.all(), required=False, allow_null=True
    )
    request = serializers.PrimaryKeyRelatedField(
        queryset=SalesRequest.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = HandOff
        fields = [
            "id", "department", "ask", "order", "request", "status", "asked_by", "asked_at", "due_at",
            "answered_by", "answered_at", "promised_on", "reject_reason", "done_at",
        ]  # fmt: skip
        read_only_fields = [
            "id", "status", "asked_by", "asked_at", "answered_by", "answered_at", "promised_on",
            "reject_reason", "done_at",
        ]  # fmt: skip
        extra_kwargs = {"due_at": {"required": False, "allow_null": True}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("order") is None) == (attrs.get("request") is None):
            raise serializers.ValidationError({"order": "Name an order or a request, one of them."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> HandOff:
        user = self.context["request"].user
        department = validated_data.pop("department")
        return guard(  # type: ignore[no-any-return]
            lambda: services.ask_department(
                department, by=user, at=timezone.now(), **validated_data
            )
        )


class PromiseSerializer(StrictSerializer):
    promised_on = serializers.DateField()


class RejectionSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)
