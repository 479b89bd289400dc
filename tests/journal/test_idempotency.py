"""One key, one effect, one answer."""

import threading

import pytest
from django.db import connections

from crm.models import Account
from journal import idempotency
from tests import factories


@pytest.mark.django_db
class TestOnce:
    def test_the_same_key_gets_the_first_answer(self):
        calls = []

        def effect():
            calls.append(1)
            return 201, {"id": len(calls)}

        first = idempotency.once(1, "k", {"a": 1}, effect)
        again = idempotency.once(1, "k", {"a": 1}, effect)
        assert first == (201, {"id": 1}, False)
        assert again == (201, {"id": 1}, True)

    def test_another_body_under_the_same_key_is_refused(self):
        idempotency.once(1, "k", {"a": 1}, lambda: (201, {}))
        with pytest.raises(idempotency.KeyReused):
            idempotency.once(1, "k", {"a": 2}, lambda: (201, {}))

    def test_keys_of_different_people_do_not_meet(self):
        idempotency.once(1, "k", {}, lambda: (201, {"who": 1}))
        assert idempotency.once(2, "k", {}, lambda: (201, {"who": 2}))[1] == {"who": 2}

    def test_a_failed_effect_keeps_nothing(self):
        with pytest.raises(ZeroDivisionError):
            idempotency.once(1, "k", {}, lambda: (201, 1 / 0))
        assert idempotency.once(1, "k", {}, lambda: (201, {}))[2] is False


@pytest.mark.django_db(transaction=True)
class TestRace:
    def run(self, call):
        def work():
            call()
            connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        return Account.objects.filter(name="Raced").count()

    def effect(self):
        return 201, {"id": factories.AccountFactory(name="Raced").pk}

    def test_eight_at_once_make_one(self):
        assert self.run(lambda: idempotency.once(1, "k", {}, self.effect)) == 1

    def test_without_the_key_they_make_eight(self):
        """The negative control."""
        assert self.run(self.effect) == 8


@pytest.mark.django_db
class TestOverTheApi:
    def test_a_repeated_post_makes_one_account(self, coordinator, api_of):
        api = api_of(coordinator)
        body = {"name": "Kestrel Offshore"}
        first = api.post("/api/accounts/", body, headers={"Idempotency-Key": "one"})
        again = api.post("/api/accounts/", body, headers={"Idempotency-Key": "one"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again["Idempotent-Replay"] == "true"
        assert Account.objects.filter(name="Kestrel Offshore").count() == 1

    def test_the_key_with_another_body_is_422(self, coordinator, api_of):
        api = api_of(coordinator)
        api.post("/api/accounts/", {"name": "A"}, headers={"Idempotency-Key": "one"})
        reply = api.post("/api/accounts/", {"name": "B"}, headers={"Idempotency-Key": "one"})
        assert reply.status_code == 422
        assert reply.json()["type"] == "idempotency_key_reused"
