"""The public page: a day, a time, the details, booked; and everything that may go wrong."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from comms.models import Delivery
from meetings import services
from meetings.models import Attendee, Meeting, PageBooking
from meetings.services import pages
from people.models import Absence
from tests.meetings.pages.conftest import SLOT

ADDRESS = "/book/talk-to-us/"


class TestChoosing:
    def test_shows_free_days_and_hours_on_the_guests_clock(self, client, page):
        answer = client.get(f"{ADDRESS}?tz=America/New_York&day=2026-11-26")
        assert answer.status_code == 200
        hours = re.findall(r">(\d\d:\d\d)</a>", answer.text)
        assert hours[0] == "03:00"  # nine in Amsterdam
        assert "at=2026-11-26T08%3A00Z" in answer.text

    def test_begins_with_the_first_free_day_on_the_hosts_clock(self, client, page):
        text = client.get(ADDRESS).text
        assert "Tuesday 24 November 2026" in text
        assert re.findall(r">(\d\d:\d\d)</a>", text)[0] == "14:00"  # four hours from now

    @pytest.mark.parametrize(
        "query",
        ["tz=Mars/Base", "month=9999-99", "month=0001-01", "day=0001-01-01", "day=9999-12-31",
         "at=0001-01-01T00:00Z", "at=x", "lang=zz", "who=x", "tz=%00", "day=" + "9" * 5000],
    )  # fmt: skip
    def test_whatever_the_address_says_a_page_comes(self, client, page, query):
        assert client.get(f"{ADDRESS}?{query}").status_code == 200

    def test_an_absent_host_has_no_times(self, client, page, rep, now):
        Absence.objects.create(user=rep, starts_at=now, ends_at=now + timedelta(days=90))
        assert "Nothing is free at the moment" in client.get(ADDRESS).text

    def test_a_page_that_never_was_is_not_found(self, client, db):
        answer = client.get("/book/nothing-here/")
        assert answer.status_code == 404
        assert "This link does not work" in answer.text

    def test_costs_the_same_with_many_meetings(
        self, client, page, rep, asked, coordinator, now, django_assert_max_num_queries
    ):
        for hour in range(6):
            services.book(
                asked(), starts_at=now + timedelta(days=2, hours=hour), by=coordinator, at=now
            )
        with django_assert_max_num_queries(14):
            client.get(ADDRESS)


class TestBooking:
    def test_books_the_host_and_answers_with_the_date_in_words(self, sent, client, page, rep):
        answer = sent(ADDRESS, company="Northgate", phone="+44 20 7946 0000")
        assert answer.status_code == 302
        shown = client.get(answer["Location"])
        assert "Thursday 26 November 2026, 09:00 (Europe/London)" in shown.text
        meeting = Meeting.objects.get()
        assert (meeting.status, meeting.host, meeting.scheduled_by) == ("booked", rep, None)
        assert meeting.title == "Product demonstration: Claire Ashworth"
        guest = meeting.attendees.get(role="guest")
        assert (guest.reply, guest.replied_by, guest.zone) == ("accepted", "page", "Europe/London")
        assert {"label": "Company", "answer": "Northgate"} in PageBooking.objects.get().answers

    def test_the_guest_gets_a_confirmation_with_her_own_link(self, sent, client, page):
        sent(ADDRESS)
        mail = Delivery.objects.get(key__contains="confirmation")
        assert mail.private
        link = re.search(r"/book/m/[\w-]+/", mail.body)[0]
        assert "Move to another time" in client.get(link).text

    def test_needs_no_cookie_and_sets_none(self, page):
        stranger = Client(enforce_csrf_checks=True)
        shown = stranger.get(f"{ADDRESS}?at={SLOT}")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        answer = stranger.post(ADDRESS, hidden | {"name": "C", "email": "c@northgate.example"})
        assert answer.status_code == 302
        assert not stranger.cookies

    def test_the_same_submit_twice_is_one_meeting(self, client, page):
        shown = client.get(f"{ADDRESS}?at={SLOT}")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        said = hidden | {"name": "C", "email": "c@northgate.example"}
        answers = [client.post(ADDRESS, said) for _ in range(2)]
        assert [a.status_code for a in answers] == [302, 302]
        assert Meeting.objects.count() == 1
        assert "Your meeting is booked" in client.get(answers[1]["Location"]).text

    def test_a_slot_that_is_gone_is_409_with_other_times_and_what_was_typed(
        self, sent, page, asked, coordinator, now
    ):
        services.book(asked(), starts_at=now + timedelta(days=2), by=coordinator, at=now)
        answer = sent(ADDRESS, company="Northgate & Sons")
        assert answer.status_code == 409
        assert "taken a moment ago" in answer.text
        assert 'value="Northgate &amp; Sons"' in answer.text
        assert 'type="radio" name="starts_at"' in answer.text
        assert Meeting.objects.filter(status="booked").count() == 1

    @pytest.mark.parametrize(
        "at", ["2026-11-26T09:07Z", "2026-11-28T10:00Z", "2026-11-24T10:00Z", "2027-06-01T09:00Z"]
    )
    def test_only_times_that_are_offered_can_be_booked(self, sent, page, at):
        """Off the grid, on a Saturday, within the notice, too far ahead."""
        assert sent(ADDRESS, at=at).status_code == 409
        assert not Meeting.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "See http://evil.example"}, "name"),
            ({"name": "<b>Claire</b>"}, "name"),
            ({"name": "x" * 100_000}, "name"),
            ({"company": "www.evil.example"}, "company"),
            ({"email": "no address"}, "email"),
            ({"email": "c@northgate.example\nBcc: all@example.com"}, "email"),
            ({"phone": "call me"}, "phone"),
        ],
    )
    def test_refuses_what_a_mail_should_not_carry(self, sent, page, typed, field):
        answer = sent(ADDRESS, **typed)
        assert answer.status_code == 422
        assert f'id="id_{field}-error"' in answer.text
        assert not Meeting.objects.exists()

    @pytest.mark.parametrize(
        "typed",
        [{"starts_at": "0001-01-01T00:00Z"}, {"starts_at": "now"}, {"starts_at": ""}, {"tz": "Mars/Base"},
         {"tz": "\0"}, {"token": "forged"}, {"idempotency_key": "\0" * 500, "name": ""}],
    )  # fmt: skip
    def test_no_hidden_field_makes_an_error_of_ours(self, sent, page, typed):
        assert sent(ADDRESS, **typed).status_code in {409, 422}

    def test_nul_in_a_name_is_left_out(self, sent, page):
        assert sent(ADDRESS, name="Cla\0ire").status_code == 302
        assert Attendee.objects.get(role="guest").name == "Claire"

    def test_what_was_typed_is_never_html(self, sent, page):
        answer = sent(ADDRESS, name='"><script>x</script>')
        assert "<script>x" not in answer.text


class TestQuestions:
    @pytest.fixture
    def page(self, page_for, rep):
        asks = [
            {"label": "Which pump?", "kind": "choice", "required": True, "choices": ["VM", "ES"]},
            {"label": "Anything else?", "kind": "long", "required": False, "choices": []},
            {"label": "Mobile", "kind": "phone", "required": False, "choices": []},
        ]
        return page_for([rep], questions=asks)

    def test_stand_with_the_meeting(self, sent, page):
        sent(ADDRESS, q0="VM", q1="Two\nlines")
        answers = PageBooking.objects.get().answers
        assert answers == [
            {"label": "Which pump?", "answer": "VM"},
            {"label": "Anything else?", "answer": "Two\nlines"},
        ]

    @pytest.mark.parametrize("typed", [{}, {"q0": "Other"}, {"q0": "VM", "q2": "none"}])
    def test_must_be_answered_as_asked(self, sent, page, typed):
        assert sent(ADDRESS, **typed).status_code == 422


class TestMachines:
    def test_a_filled_hidden_field_books_nothing(self, sent, page):
        assert sent(ADDRESS, website="https://spam.example").status_code == 422
        assert not Meeting.objects.exists()

    def test_nobody_fills_it_in_no_time(self, sent, page, settings, clock):
        settings.BOOKING_MIN_SECONDS = 3
        answer = sent(ADDRESS)
        assert answer.status_code == 422
        assert "very quick" in answer.text

    def test_a_person_who_waits_may_send_the_same_form_again(
        self, client, page, settings, clock, now
    ):
        settings.BOOKING_MIN_SECONDS = 3
        shown = client.get(f"{ADDRESS}?at={SLOT}")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        said = hidden | {"name": "C", "email": "c@northgate.example"}
        assert client.post(ADDRESS, said).status_code == 422
        clock.move_to(now + timedelta(seconds=4))
        assert client.post(ADDRESS, said).status_code == 302

    def test_one_address_may_knock_so_often(self, client, page, settings):
        settings.BOOKING_PER_ADDRESS = 3
        assert [client.get(ADDRESS).status_code for _ in range(4)] == [200, 200, 200, 429]

    def test_one_page_takes_so_many_tries(self, sent, page, settings):
        settings.BOOKING_PER_PAGE = 1
        assert sent(ADDRESS, name="").status_code == 422
        assert sent(ADDRESS).status_code == 429

    def test_one_mail_address_has_so_many_open_meetings(self, sent, page, settings):
        settings.BOOKING_OPEN_PER_MAIL = 2
        times = ["2026-11-26T09:00Z", "2026-11-26T12:00Z", "2026-11-26T14:00Z"]
        codes = [sent(ADDRESS, at=at, email="Claire@northgate.example").status_code for at in times]
        assert codes == [302, 302, 422]
        assert sent(ADDRESS, at=times[2], email="other@northgate.example").status_code == 302


class TestFrames:
    def test_only_the_sites_that_the_page_names_may_show_it(self, client, page_for, rep):
        page_for([rep], frames=["https://www.example.com"])
        answer = client.get(ADDRESS)
        assert "frame-ancestors https://www.example.com" in answer["Content-Security-Policy"]
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer

    def test_a_page_without_sites_is_never_framed(self, client, page):
        answer = client.get(ADDRESS)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"

    def test_what_is_clicked_on_in_earnest_is_never_framed(self, sent, client, page_for, rep):
        page_for([rep], frames=["https://www.example.com"])
        done = sent(ADDRESS)["Location"]
        assert "https://www.example.com" in client.get(done)["Content-Security-Policy"]
        own = re.search(r"/book/m/[\w-]+/", client.get(done).text)[0]
        assert "frame-ancestors 'none'" in client.get(own)["Content-Security-Policy"]

    def test_is_kept_by_nobody(self, client, page):
        answer = client.get(ADDRESS)
        assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "no-referrer")
        assert "no-store" in answer["Cache-Control"]


class TestClosed:
    def test_a_withdrawn_page_says_so_and_whom_to_write_to(
        self, client, sent, page, coordinator, now
    ):
        pages.withdraw_page(page, by=coordinator, at=now)
        for answer in (client.get(ADDRESS), sent(ADDRESS)):
            assert answer.status_code == 410
            assert coordinator.name in answer.text
        assert not Meeting.objects.exists()

    def test_withdrawn_while_the_guest_types(self, client, page, coordinator, now):
        shown = client.get(f"{ADDRESS}?at={SLOT}")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        pages.withdraw_page(page, by=coordinator, at=now)
        said = hidden | {"name": "C", "email": "c@northgate.example"}
        assert client.post(ADDRESS, said).status_code == 410
