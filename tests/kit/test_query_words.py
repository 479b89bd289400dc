"""What people type into the search box."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.query_words import CHOICES, OPERATORS, Filter, parse

TYPED = st.lists(
    st.one_of(
        st.sampled_from(
            [f"{name}:" for name in OPERATORS] + ["-is:", '"', "-", "foo:", "owner:", " "]
        ),
        st.sampled_from([value for values in CHOICES.values() for value in values]),
        st.text(max_size=8),
        st.text(alphabet=' ":-ab“\t\u00a0é', max_size=8),
    ),
    max_size=25,
).map("".join)


class TestReading:
    def test_words_and_phrases(self):
        query = parse('pump "three  seals" VM-45')
        assert query.words == ("pump", "three seals", "VM-45")
        assert query.filters == ()

    def test_operators_with_and_without_quotes_and_minus(self):
        query = parse('account:"northgate water" -is:done type:orders seal')
        assert query.words == ("seal",)
        assert query.filters == (
            Filter("account", "northgate water"),
            Filter("is", "done", negated=True),
            Filter("type", "order"),
        )

    def test_owner_is_another_word_for_holder(self):
        assert parse("owner:me") == parse("holder:me")

    def test_inch_marks_inside_a_word_are_no_quotes(self):
        assert parse('3" valve').words == ('3"', "valve")

    def test_a_phrase_may_stay_open_while_it_is_typed(self):
        assert parse('account:"north').values("account") == ("north",)
        assert parse('"north wa').words == ("north wa",)

    def test_round_quotes_of_phones_are_quotes(self):
        assert parse("account:“north water”").values("account") == ("north water",)

    @pytest.mark.parametrize(
        ("typed", "found"),
        [("R-12", ("R", 12)), ("so20397", ("SO", 20397)), ("4711", ("", 4711)), ("R-12 pump", None),
         ("pump", None), ("9" * 16, None)],
    )  # fmt: skip
    def test_numbers_of_records(self, typed, found):
        assert parse(typed).reference == found

    def test_days(self):
        today = date(2026, 11, 24)
        assert parse("before:7d").filters[0].day(today) == date(2026, 11, 17)
        assert parse("after:2026-02-28").filters[0].day(today) == date(2026, 2, 28)
        assert parse("after:9999d").filters[0].day(today).year == 1999


class TestProblems:
    def test_an_unknown_operator_is_a_word_and_is_said(self):
        query = parse("foo:bar")
        assert query.words == ("foo:bar",)
        assert "no operator foo:" in query.problems[0]

    def test_an_address_of_a_page_is_just_a_word(self):
        assert parse("https://example.com").problems == ()

    @pytest.mark.parametrize(
        ("typed", "said"),
        [("is:lost", "there is no is:lost"), ("before:2026-02-30", "wants a day"),
         ("po:", "the customer's order number"), ("priority:9", "there is no priority:9")],
    )  # fmt: skip
    def test_a_value_that_cannot_be_is_said_in_words(self, typed, said):
        query = parse(typed)
        assert not query
        assert said in query.problems[0]

    def test_only_the_first_words_count(self):
        query = parse("a " * 100)
        assert len(query.words) == 12
        assert "first 12 words" in query.problems[0]


class TestProperties:
    @given(st.text())
    def test_anything_can_be_read(self, text):
        parse(text)

    @given(TYPED)
    def test_what_was_read_can_be_written_and_read_again(self, text):
        once = parse(text)
        assert parse(str(once)) == once

    @given(TYPED)
    def test_days_of_what_was_read_are_days(self, text):
        for said in parse(text).filters:
            if said.name in {"before", "after"}:
                assert said.day(date(2026, 11, 24)) <= date.max
