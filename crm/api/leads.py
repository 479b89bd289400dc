"""/api/leads/, /api/custom-fields/"""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import services
from crm.api.records import LARGEST_KEY
from crm.api.shared import CustomValues, Records, RecordSerializer, Visible, attempt
from crm.models import Account, Contact, CustomField, Lead, LeadStatus, Stage
from kit.api import StrictSerializer
from people.models import User


class LeadSerializer(RecordSerializer):
    kind = "lead"
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    custom = CustomValues(required=False)

    class Meta:
        model = Lead
        fields = [
            "id", "name", "company", "title", "email", "phone", "city", "country", "industry",
            "source", "about", "territory", "owner", "status", "status_since", "next_step",
            "next_step_on", "drop_reason", "account", "contact", "deal", "external_id", "custom",
            "created_at", "warnings",
        ]  # fmt: skip
        read_only_fields = [
            "id", "status", "status_since", "drop_reason", "account", "contact", "deal",
            "created_at",
        ]  # fmt: skip

    def make(self, **said: Any) -> Lead:
        return services.add_lead(**said)

    def change(self, row: Lead, **said: Any) -> None:
        services.change_lead(row, **said)


class ConvertLeadSerializer(StrictSerializer):
    """An account and a contact that we have, or none for new ones; a deal where it has a name."""

    account = Visible(Account, required=False, allow_null=True)
    contact = Visible(Contact, required=False, allow_null=True)
    deal_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    stage = serializers.PrimaryKeyRelatedField(
        queryset=Stage.objects.filter(kind=Stage.Kind.OPEN), required=False, allow_null=True
    )
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        contact = attrs.get("contact")
        if contact is not None and contact.account != attrs.get("account"):
            raise serializers.ValidationError({"contact": "The contact is not at this account."})
        if attrs.get("deal_name") and not attrs.get("stage"):
            raise serializers.ValidationError({"stage": "A deal stands in a stage."})
        return attrs


class DropLeadSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200)


class LeadFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)
    status = django_filters.ChoiceFilter(choices=LeadStatus.choices)
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=LARGEST_KEY)
    email = django_filters.CharFilter(lookup_expr="iexact", max_length=254)

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class LeadViewSet(Records):
    """People who may become customers."""

    queryset: QuerySet[Lead] = Lead.objects.all()
    serializer_class = LeadSerializer
    filterset_class = LeadFilter
    permissions = {
        "list": "crm.view_lead",
        "retrieve": "crm.view_lead",
        "create": "crm.add_lead",
        "partial_update": "crm.change_lead",
        "work": "crm.change_lead",
        "drop": "crm.change_lead",
        "convert": "crm.change_lead",
    }

    def _now(self, lead: Lead) -> Response:
        return Response(self.get_serializer(lead).data)

    @extend_schema(request=None, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def work(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Take a lead up."""
        lead: Lead = self.get_object()
        by: Any = request.user
        attempt(lambda: services.move_lead(lead, LeadStatus.WORKING, by=by, at=timezone.now()))
        return self._now(lead)

    @extend_schema(request=DropLeadSerializer, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say why a lead is not for us."""
        lead: Lead = self.get_object()
        said = DropLeadSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        by, reason = cast("User", request.user), said.validated_data["reason"]
        dropped = LeadStatus.DROPPED
        attempt(lambda: services.move_lead(lead, dropped, by=by, at=timezone.now(), reason=reason))
        return self._now(lead)

    @extend_schema(request=ConvertLeadSerializer, responses=LeadSerializer)
    @action(detail=True, methods=["post"])
    def convert(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Make an account, a contact and perhaps a deal of a lead."""
        lead: Lead = self.get_object()
        said = ConvertLeadSerializer(data=request.data, context=self.get_serializer_context())
        said.is_valid(raise_exception=True)
        given = {"account": None, "contact": None, **said.validated_data}
        by: Any = request.user
        attempt(lambda: services.convert(lead, by=by, at=timezone.now(), **given))
        return self._now(lead)


class CustomFieldSerializer(serializers.ModelSerializer[CustomField]):
    class Meta:
        model = CustomField
        fields = ["id", "kind", "key", "label", "type", "choices", "is_required", "position",
                  "is_active"]  # fmt: skip
        read_only_fields = fields


class CustomFieldFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=8)


class CustomFieldViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[CustomField]):
    """The fields that the company adds; they are set up in the browser."""

    queryset = CustomField.objects.all()
    serializer_class = CustomFieldSerializer
    filterset_class = CustomFieldFilter
    permissions = {"list": "crm.view_account"}


routes = [("leads", LeadViewSet), ("custom-fields", CustomFieldViewSet)]
