"""/api/accounts/ and /api/contacts/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from crm import services
from crm.api.shared import CustomValues, Records, RecordSerializer, Visible
from crm.models import Account, Contact, ContactRole

ADDRESS = ["street", "postcode", "city", "region", "country"]
LARGEST_KEY = 2**62


class AccountSerializer(RecordSerializer):
    kind = "account"
    parent = Visible(Account, required=False, allow_null=True)  # type: ignore[assignment]
    custom = CustomValues(required=False)

    class Meta:
        model = Account
        fields = [
            "id", "name", "external_id", "tier", "industry", "currency", "credit_limit",
            "credit_hold", "credit_hold_reason", *ADDRESS, "phone", "website", "tax_number",
            "payment_days", "parent", "territory", "owner", "custom", "is_active", "warnings",
        ]  # fmt: skip
        read_only_fields = ["id", "owner"]

    def make(self, **said: Any) -> Account:
        return services.create_account(**said)

    def change(self, row: Account, **said: Any) -> None:
        services.change_account(row, **said)


class ContactSerializer(RecordSerializer):
    kind = "contact"
    account = Visible(Account)
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=ContactRole.choices), required=False, max_length=6
    )
    custom = CustomValues(required=False)

    class Meta:
        model = Contact
        fields = [
            "id", "account", "name", "external_id", "email", "phone", "title", "zone", "roles",
            "channel", "consent", "consent_at", "consent_source", "no_mail", "custom", "is_active",
            "warnings",
        ]  # fmt: skip
        read_only_fields = ["id", "consent_at"]

    def make(self, **said: Any) -> Contact:
        return services.create_contact(said.pop("account"), **said)

    def change(self, row: Contact, **said: Any) -> None:
        if "account" in said and said["account"] != row.account:
            raise serializers.ValidationError({"account": "A contact cannot change its account."})
        services.change_contact(row, **said)


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)
    tier = django_filters.ChoiceFilter(choices=Account.Tier.choices)
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=LARGEST_KEY)
    territory = django_filters.NumberFilter(
        field_name="territory_id", min_value=0, max_value=LARGEST_KEY
    )

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class ContactFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    external_id = django_filters.CharFilter(max_length=100)
    account = django_filters.NumberFilter(
        field_name="account_id", min_value=0, max_value=LARGEST_KEY
    )
    email = django_filters.CharFilter(lookup_expr="iexact", max_length=254)

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class AccountViewSet(Records):
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


class ContactViewSet(Records):
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
