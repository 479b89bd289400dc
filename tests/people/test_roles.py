"""Roles and tokens."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from people import roles, services
from people.models import ApiToken, Role

pytestmark = pytest.mark.django_db


class TestRoles:
    def test_every_role_has_its_group_and_only_permissions_that_exist(self, role_groups):
        assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)

    def test_a_misspelt_permission_is_refused_by_name(self, monkeypatch):
        monkeypatch.setitem(roles.PERMISSIONS, Role.REP, ("crm.view_acount",))
        with pytest.raises(roles.UnknownPermission, match=r"crm\.view_acount"):
            roles.sync()


class TestTokens:
    def test_only_the_digest_is_kept(self, rep):
        token = services.make_token(rep, name="x", by=rep, at=timezone.now())
        assert token not in str(ApiToken.objects.values().get())

    def test_a_revoked_token_no_longer_opens_anything(self, rep, api_of):
        api = api_of(rep)
        assert api.get("/api/accounts/").status_code == 200
        services.revoke_token(ApiToken.objects.get(), by=rep, at=timezone.now())
        assert api.get("/api/accounts/").status_code == 401

    def test_the_token_of_a_disabled_person_no_longer_opens_anything(self, rep, api_of):
        api = api_of(rep)
        rep.is_active = False
        rep.save()
        assert api.get("/api/accounts/").status_code == 401
