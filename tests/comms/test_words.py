"""What goes along and what is offered: papers, templates, markdown, who may be written to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from comms import deliveries, services
from comms.mail import message_of
from comms.models import Delivery, DeliveryFile, Message, MessageTemplate
from kit.prose import html_of
from people.models import Role
from tests import factories


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


class TestPapers:
    @pytest.fixture
    def confirmed(self, order, now):
        type(order).objects.filter(pk=order.pk).update(confirmed_at=now, status="confirmed")
        order.refresh_from_db()
        return order

    def test_of_an_order_are_drawn_when_the_mail_leaves(self, confirmed, desk, here):
        key = f"confirmation:{confirmed.pk}"
        assert f'value="{key}"' in desk.get(here(confirmed)).content.decode()
        desk.post(here(confirmed), {"to": "customer", "body": "Attached", "papers": [key]})
        row = DeliveryFile.objects.get()
        assert (row.drawn_by, row.drawn_of) == ("confirmation", confirmed.pk)
        name, content, kind = message_of(Delivery.objects.get()).attachments[0]
        assert (name, kind) == (f"{confirmed.number}-confirmation.pdf", "application/pdf")
        assert content.startswith(b"%PDF-")
        assert name in desk.get(here(confirmed)).content.decode()

    def test_that_are_not_offered_cannot_be_sent(self, confirmed, order, desk, here):
        for key in ("invoice:1", f"confirmation:{order.pk + 1}", "quote:1", "x", "confirmation:"):
            words = {"to": "customer", "body": "Attached", "papers": [key]}
            assert desk.post(here(confirmed), words).status_code == 422
        assert not Delivery.objects.exists()

    def test_a_draft_of_an_order_has_no_confirmation(self, order, desk, here):
        assert "confirmation:" not in desk.get(here(order)).content.decode()

    def test_of_a_quote_are_only_those_that_were_sent(self, contact, coordinator, now):
        from comms.papers import papers_of
        from orders.models import QuoteFamily, QuoteRevision

        family = QuoteFamily.objects.create(
            number="Q-1", account=contact.account, contact=contact, title="Pumps", amount=1,
            valid_until=now.date(), created_at=now,
        )  # fmt: skip
        row = QuoteRevision.objects.create(
            family=family, number=1, valid_until=now.date(), created_at=now
        )
        assert papers_of(coordinator, family) == []
        QuoteRevision.objects.filter(pk=row.pk).update(
            status="sent", sent_at=now, approval_needed=False
        )
        assert [paper.label for paper in papers_of(coordinator, family)] == ["Quote Q-1 rev. 1"]

    def test_a_paper_of_what_is_gone_fails_the_mail_and_says_so(self, confirmed, desk, here):
        key = f"confirmation:{confirmed.pk}"
        desk.post(here(confirmed), {"to": "customer", "body": "Attached", "papers": [key]})
        DeliveryFile.objects.update(drawn_of=2**40)
        Delivery.objects.update(due_at="2026-01-01T00:00Z")
        from django.utils import timezone

        deliveries.send_due(at=timezone.now())
        row = Delivery.objects.get()
        assert (row.status, "gone" in row.problem) == ("failed", True)
        assert "Failed".lower() in desk.get(here(confirmed)).content.decode()


class TestTemplates:
    def test_are_offered_by_team_and_kind_with_their_subject(self, order, desk, here, coordinator):
        mine = MessageTemplate.objects.create(
            title="On its way", team=coordinator.team, about="orders.order", subject_line="{{order}} leaves",
            body="Dear {{contact}}, {{order}} leaves. {{me}}",
        )  # fmt: skip
        MessageTemplate.objects.create(title="Other team", team=factories.TeamFactory(), body="x")
        MessageTemplate.objects.create(title="Of quotes", about="orders.quotefamily", body="x")
        MessageTemplate.objects.create(title="Put away", body="x", is_active=False)
        text = desk.get(here(order)).content.decode()
        assert "On its way" in text
        for other in ("Other team", "Of quotes", "Put away"):
            assert other not in text
        told = desk.get(f"{here(order)}template/?key=template:{mine.pk}").json()
        assert told == {
            "text": f"Dear Claire, {order.number} leaves. Marta Lindqvist",
            "subject": f"{order.number} leaves",
            "taken": f"template:{mine.pk}@1",
        }

    def test_subject_line_is_that_of_the_mail(self, order, desk, here):
        desk.post(here(order), {"to": "customer", "body": "Hello", "subject_line": "Good\tnews"})
        assert Delivery.objects.get().subject == "Good news"


class TestWords:
    def test_are_markdown_that_cannot_harm(self):
        evil = (
            "[x](javascript:alert(1)) <img src=x onerror=alert(1)> ![](https://evil.example/p.png)"
        )
        html = html_of(evil, pictures={})
        assert "javascript:" not in html.replace("[x](javascript:alert(1))", "")
        assert "<img src=x" not in html
        assert "evil.example" not in html

    def test_bare_addresses_are_links_and_broken_lines_stay_broken(self):
        html = html_of("See https://a.example/x?y=1.\nThen go")
        assert '<a href="https://a.example/x?y=1"' in html
        assert "<br>" in html

    def test_a_thread_of_many_costs_as_much_as_one_of_few(
        self, order, desk, here, coordinator, now
    ):
        from datetime import timedelta

        def write(n):
            for i in range(n):
                services.say(
                    order, body=f"**Note** {i} https://x.example", visibility="internal",
                    by=coordinator, at=now + timedelta(seconds=i),
                )  # fmt: skip

        write(25)
        desk.get(here(order))
        with CaptureQueriesContext(connection) as few:
            desk.get(here(order))
        write(60)
        with CaptureQueriesContext(connection) as many:
            desk.get(here(order))
        assert len(many) == len(few) <= 32


class TestAudiences:
    def test_asking_the_rep_opens_a_question(self, order, desk, here, rep):
        type(order).objects.filter(pk=order.pk).update(rep=rep)
        desk.post(here(order), {"to": "ask", "body": "Which gate?"})
        message = Message.objects.get()
        assert message.visibility == "requester"
        assert message.thread.turns.get().asked_user == rep

    def test_a_hand_off_is_talked_about_inside(
        self, order, coordinator, logistics, logistics_member, now, client_of, here
    ):
        from desk.models import HandOff

        row = HandOff.objects.create(department=logistics, order=order, ask="Pick it", asked_by=coordinator,
                                     asked_at=now, due_at=now)  # fmt: skip
        page = client_of(logistics_member)
        assert page.get(f"/handoffs/{row.pk}/").status_code == 200
        assert page.post(here(row), {"to": "internal", "body": "Which gate?"}).status_code == 302
        assert (
            client_of(coordinator).post(here(row), {"to": "requester", "body": "x"}).status_code
            == 422
        )
        assert Message.objects.get().visibility == "internal"
        other = factories.member(Role.DEPARTMENT, department=factories.DepartmentFactory())
        assert client_of(other).get(f"/handoffs/{row.pk}/").status_code == 404
