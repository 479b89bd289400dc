"""Doors without an account: a department answers by its mail, a customer asks by a link."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from comms.models import Delivery
from desk import services
from desk.models import HandOff, IntakeLink, SalesRequest
from desk.services import handoff_links, intake
from journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody():
    return Client()


@pytest.fixture
def asked_by_mail(claimed, logistics, coordinator):
    """(the hand-off, the address in its mail)"""
    logistics.email = "logistics@example.com"
    logistics.save()
    now = timezone.now()
    row = services.ask_department(
        logistics, ask="Is it in?", by=coordinator, at=now, request=claimed(at=now)
    )
    return row, link(Delivery.objects.get())


def link(mail):
    return re.search(r"\((?:https?://[^/]+)(/handoffs/[^)]+)\)", mail.body)[1]


class TestDepartmentLink:
    def test_accepts_with_a_day_and_a_name(self, asked_by_mail, anybody):
        row, url = asked_by_mail
        assert "Is it in?" in anybody.get(url).content.decode()
        day = (timezone.now() + timedelta(days=2)).date().isoformat()
        reply = anybody.post(url, {"act": "accept", "name": "Yusuf", "promised_on": day})
        assert reply.status_code == 302
        row.refresh_from_db()
        assert (row.status, row.promised_on.isoformat()) == ("accepted", day)
        assert Entry.objects.get(action="desk.handoff.accepted").data["name"] == "Yusuf"
        row.request.refresh_from_db()
        assert row.request.party == "desk"
        anybody.post(url, {"act": "done", "name": "Yusuf"})
        row.refresh_from_db()
        assert row.status == "done"

    def test_says_no_with_a_reason(self, asked_by_mail, anybody):
        row, url = asked_by_mail
        anybody.post(url, {"act": "reject", "name": "Yusuf", "reason": "Not our gate"})
        row.refresh_from_db()
        assert (row.status, row.reject_reason) == ("rejected", "Not our gate")

    @pytest.mark.parametrize(
        "typed",
        [{"act": "accept", "name": ""}, {"act": "reject", "name": "Y", "reason": ""}, {"act": "dance"},
         {"act": "accept", "name": "Y", "promised_on": "x"}],
    )  # fmt: skip
    def test_half_an_answer_is_refused_and_kept(self, asked_by_mail, anybody, typed):
        row, url = asked_by_mail
        assert anybody.post(url, typed).status_code == 422
        row.refresh_from_db()
        assert row.status == "asked"

    def test_reading_answers_nothing(self, asked_by_mail, anybody):
        row, url = asked_by_mail
        for _ in range(3):
            anybody.get(url)
            anybody.head(url)
        row.refresh_from_db()
        assert row.status == "asked"

    def test_a_wrong_key_is_nothing(self, asked_by_mail, anybody):
        row, url = asked_by_mail
        assert anybody.get(f"/handoffs/{row.pk}/answer/{'x' * 32}/").status_code == 404
        HandOff.objects.update(link_digest="")
        assert anybody.get(f"/handoffs/{row.pk}/answer/x/").status_code == 404
        assert anybody.get(url).status_code == 404

    def test_it_ends_after_sixty_days(self, asked_by_mail, anybody):
        _, url = asked_by_mail
        HandOff.objects.update(asked_at=timezone.now() - timedelta(days=61))
        assert anybody.get(url).status_code == 404

    def test_nobody_else_reads_the_mail_that_holds_it(self, asked_by_mail, desk_page):
        mail = Delivery.objects.get()
        text = desk_page.get(f"/threads/deliveries/{mail.pk}/").content.decode()
        assert link(mail) not in text
        assert mail.subject.split(" (")[0] in text

    def test_answering_twice_is_told(self, asked_by_mail, anybody):
        _, url = asked_by_mail
        anybody.post(url, {"act": "reject", "name": "Y", "reason": "No"})
        reply = anybody.post(url, {"act": "reject", "name": "Y", "reason": "No"})
        assert reply.status_code == 409


class TestNudges:
    def test_a_department_is_reminded_three_times_in_its_own_hours(
        self, claimed, logistics, coordinator, now
    ):
        logistics.email = "logistics@example.com"
        logistics.save()
        row = services.ask_department(logistics, ask="?", by=coordinator, at=now, request=claimed())
        assert handoff_links.nudge_due(at=row.due_at - timedelta(minutes=1)) == 0
        at, told = row.due_at, 0
        for _ in range(24 * 14):
            told += handoff_links.nudge_due(at=at)
            at += timedelta(hours=1)
        assert told == 3
        times = Entry.objects.filter(action="desk.handoff.nudged").values_list("at", flat=True)
        assert all(8 <= t.hour < 17 and t.weekday() < 5 for t in times)

    def test_a_reminder_makes_the_older_link_useless(self, asked_by_mail, anybody, desk_page):
        row, url = asked_by_mail
        desk_page.post(f"/handoffs/{row.pk}/nudge/")
        fresh = link(Delivery.objects.order_by("-pk").first())
        assert anybody.get(url).status_code == 404
        assert anybody.get(fresh).status_code == 200

    def test_a_due_moment_of_its_own(self, claimed, logistics, coordinator, now):
        due = now + timedelta(days=3)
        row = services.ask_department(
            logistics, ask="?", by=coordinator, at=now, request=claimed(), due_at=due
        )
        assert row.due_at == due
        with pytest.raises(services.BadPromise):
            services.ask_department(
                logistics, ask="?", by=coordinator, at=now, request=claimed(), due_at=now
            )

    def test_withdrawn_on_the_page(self, asked_by_mail, desk_page):
        row, _ = asked_by_mail
        desk_page.post(f"/handoffs/{row.pk}/withdraw/")
        row.refresh_from_db()
        assert row.status == "withdrawn"


class TestCustomerLink:
    @pytest.fixture
    def made(self, kinds, account, rep):
        return intake.make_link(kinds["question"], account, contact=None, by=rep, at=timezone.now())

    def test_a_customer_asks_and_gets_a_number(self, made, anybody, rep):
        row, key = made
        typed = {
            "name": "Claire",
            "subject": "Seal",
            "f_question": "Which one?",
            "idempotency_key": "k",
        }
        for _ in range(2):
            reply = anybody.post(f"/ask/{key}/", typed)
        asked = SalesRequest.objects.get()
        assert (asked.source, asked.requester, asked.account) == ("customer", rep, row.account)
        assert f"R-{asked.pk}" in anybody.get(reply["Location"]).content.decode()
        row.refresh_from_db()
        assert row.used == 1

    def test_what_is_missing_is_said_and_what_was_typed_stays(self, made, anybody):
        reply = anybody.post(f"/ask/{made[1]}/", {"name": "Claire", "subject": "Seal"})
        assert reply.status_code == 422
        assert "Claire" in reply.content.decode()

    def test_only_a_digest_is_kept(self, made):
        assert made[1] not in str(IntakeLink.objects.values().get())

    def test_revoked_or_old_it_is_nothing(self, made, anybody, rep_page):
        row, key = made
        rep_page.post(f"/links/{row.pk}/revoke/")
        assert anybody.get(f"/ask/{key}/").status_code == 404
        IntakeLink.objects.update(revoked_at=None, expires_at=timezone.now())
        assert anybody.get(f"/ask/{key}/").status_code == 404

    def test_the_page_shows_a_new_link_once(self, kinds, account, rep_page):
        typed = {"type": kinds["question"].pk, "account": account.name}
        text = rep_page.post("/links/", typed).content.decode()
        assert "Copy this link now" in text
        assert "/ask/" in text
        assert "/ask/" not in rep_page.get("/links/").content.decode()

    def test_another_rep_does_not_see_it(self, made, stranger, client_of):
        assert client_of(stranger).post(f"/links/{made[0].pk}/revoke/").status_code == 404
