"""/api/activities/: what was done about customers"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from crm import services
from crm.api.records import LARGEST_KEY
from crm.api.shared import Records, RecordSerializer, Visible
from crm.models import Account, Activity, Contact, Deal, Lead
from kit.filters import MomentFilter


class ActivitySerializer(RecordSerializer):
    account = Visible(Account, required=False, allow_null=True)
    contact = Visible(Contact, required=False, allow_null=True)
    deal = Visible(Deal, required=False, allow_null=True)
    lead = Visible(Lead, required=False, allow_null=True)
    at = serializers.DateTimeField(required=False)

    class Meta:
        model = Activity
        fields = [
            "id", "kind", "account", "contact", "deal", "lead", "is_incoming", "outcome",
            "minutes", "text", "is_private", "at", "by", "external_id",
        ]  # fmt: skip
        read_only_fields = ["id", "by"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and set(attrs) - {"text"}:
            raise serializers.ValidationError("Only the text of an activity can be changed.")
        if self.instance is None and not attrs.get("account") and not attrs.get("lead"):
            raise serializers.ValidationError({"account": "Say whom it is about."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Activity:
        validated_data["happened_at"] = validated_data.pop("at", None)
        made: Activity = super().create(validated_data)
        return made

    def make(self, **said: Any) -> Activity:
        return services.log_activity(**said)

    def change(self, row: Activity, **said: Any) -> None:
        services.change_activity(row, **({"text": row.text} | said))


def _key(field: str) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(field_name=f"{field}_id", min_value=0, max_value=LARGEST_KEY)


class ActivityFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_words", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)
    kind = django_filters.ChoiceFilter(choices=Activity.Kind.choices)
    outcome = django_filters.ChoiceFilter(choices=Activity.Outcome.choices)
    is_incoming = django_filters.BooleanFilter()
    account, contact, deal, lead, by = map(_key, ("account", "contact", "deal", "lead", "by"))
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    def by_words(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class ActivityViewSet(Records):
    """Calls, notes, mails, visits of accounts and leads that the caller may see; private notes of
    others are not among them."""

    queryset: QuerySet[Activity] = Activity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    permissions = {
        "list": "crm.view_activity",
        "retrieve": "crm.view_activity",
        "create": "crm.add_activity",
        "partial_update": "crm.add_activity",
    }


routes = [("activities", ActivityViewSet)]
