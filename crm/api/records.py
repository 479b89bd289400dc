"""/api/accounts/ and /api/contacts/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets

from crm import services
from crm.models import Account, Contact
from journal.api import IdempotentMixin
from kit.api import StrictModelSerializer

ADDRESS = ["street", "postcode", "city", "region", "country"]


class AccountSerializer(StrictModelSerializer[Account]):
    class Meta:
        model = Account
        fields = [
            "id", "name", "external_id", "tier", "industry", "currency", "credit_limit",
            "credit_hold", "credit_hold_reason", *ADDRESS, "phone", "is_active",
        ]  # fmt: skip
        read_only_fields = ["id"]

    def create(self, validated_data: dict[str, Any]) -> Account:
        return services.create_account(
            by=self.context["request"].user, at=timezone.now(), **validated_data
        )

    def update(self, instance: Account, validated_data: dict[str, Any]) -> Account:
        services.change_account(
            instance, by=self.context["request"].user, at=timezone.now(), **validated_data
        )
        return instance


class ContactSerializer(StrictModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = [
            "id", "account", "name", "external_id", "email", "phone", "title", "zone", "no_mail",
            "is_active",
        ]  # fmt: skip
        read_only_fields = ["id"]

    def create(self, validated_data: dict[str, Any]) -> Contact:
        return services.create_contact(
            validated_data.pop("account"),
            by=self.context["request"].user,
            at=timezone.now(),
            **validated_data,
        )

    def update(self, instance: Contact, validated_data: dict[str, Any]) -> Contact:
        if "account" in validated_data and validated_data["account"] != instance.account:
            raise serializers.ValidationError({"account": "A contact cannot change its account."})
        services.change_contact(
            instance, by=self.context["request"].user, at=timezone.now(), **validated_data
        )
        return instance


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class ContactFilter(AccountFilter):
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)


class _Records(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Any],
):
    http_method_names = ["get", "post", "patch", "head", "options"]
    lookup_value_regex = r"[0-9]{1,18}"


class AccountViewSet(_Records):
    """Companies we sell to."""

    queryset: QuerySet[Account] = Account.objects.all()
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    permissions = {
        "list": "crm.view_account",
        "retrieve": "crm.view_account",
        "create": "crm.add_account",
        "partial_update": "crm.change_account",
    }


class ContactViewSet(_Records):
    """People at accounts."""

    queryset: QuerySet[Contact] = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    permissions = {
        "list": "crm.view_contact",
        "retrieve": "crm.view_contact",
        "create": "crm.add_contact",
        "partial_update": "crm.change_contact",
    }


routes = [("accounts", AccountViewSet), ("contacts", ContactViewSet)]
