"""Texts of rules: variables that are there, limits that hold, nobody's words as markup."""

from types import SimpleNamespace

import pytest

from followups import texts
from followups.kinds import OWN, Reader
from followups.shipped import SHIPPED
from kit.prose import html_of

QUOTE = OWN["orders.quotefamily"]


def quote(**values):
    account = SimpleNamespace(
        name=values.pop("account", "Northgate"), tier="key", industry="Water", owner=None
    )
    revisions = SimpleNamespace(
        exclude=lambda **_: SimpleNamespace(
            exists=bool, order_by=lambda _: SimpleNamespace(first=lambda: None)
        )
    )
    return SimpleNamespace(
        pk=1,
        number="Q-1", title="Pumps", amount=1, currency="EUR", valid_until=None, status="sent", account=account,
        revisions=revisions, **values,
    )  # fmt: skip


def said(text, markdown=True, **values):
    given = texts.given(
        QUOTE, quote(**values), Reader("c@example.com", "Claire Ashworth"), None, markdown=markdown,
        used=texts.used(text),
    )  # fmt: skip
    return texts.fill(text, given)


class TestWhatMayBeWritten:
    def test_a_variable_that_is_not_there_is_named(self):
        with pytest.raises(texts.BadText, match="colour"):
            texts.check("{{ quote.colour }}", QUOTE)
        with pytest.raises(texts.BadText, match="order"):
            texts.check("{{ order.number }}", QUOTE)

    def test_what_is_not_closed_is_said(self):
        for text in ("{{ quote.number", "{% if quote.number %}", "{% nonsense %}"):
            with pytest.raises(texts.BadText):
                texts.check(text, QUOTE)

    @pytest.mark.parametrize(
        "text",
        ["{% include 'x' %}", "{% render 'x' %}", "{% tablerow i in (1..2) %}{% endtablerow %}"],
    )
    def test_no_other_file_is_read(self, text):
        with pytest.raises(texts.BadText):
            texts.check(text, QUOTE)

    def test_every_text_that_ships_may_be_written(self):
        for rule in SHIPPED:
            for step in rule.steps:
                texts.check(step["subject"], OWN[rule.kind])
                texts.check(step["body"], OWN[rule.kind])

    @pytest.mark.asvs("1.3.7")
    def test_another_languages_expressions_are_just_text(self):
        assert "49" not in said("${7*7} <%= 7*7 %> #{7*7}")
        with pytest.raises(texts.BadText):
            texts.check("{{7*7}}", QUOTE)

    def test_no_door_leads_into_python(self):
        for text in (
            "{{ quote.__class__ }}",
            "{{ quote.number.__class__.__mro__ }}",
            "{{ link.__globals__ }}",
        ):
            try:
                texts.check(text, QUOTE)
                out = said(text)
            except texts.BadText:
                continue
            assert "class" not in out


class TestLimits:
    def test_a_long_loop_ends(self):
        with pytest.raises(texts.BadText):
            said("{% for i in (1..1000000) %}x{% endfor %}")

    def test_nested_loops_end(self):
        with pytest.raises(texts.BadText):
            said("{% for i in (1..400) %}{% for j in (1..400) %}x{% endfor %}{% endfor %}")

    def test_a_text_that_grows_ends(self):
        with pytest.raises(texts.BadText):
            said(
                "{% assign a = 'x' %}{% for i in (1..400) %}{% assign a = a | append: a %}{% endfor %}{{ a }}"
            )

    def test_deep_nesting_is_refused(self):
        with pytest.raises(texts.BadText):
            texts.check("{% if link %}" * 200 + "{% endif %}" * 200, QUOTE)


class TestNobodysWordsAreMarkup:
    def test_a_name_makes_no_link(self):
        out = html_of(
            said("{{ quote.account }}", account="[Win](https://evil.example) <b>x</b> `c`")
        )
        assert "<a" not in out
        assert "<b>" not in out

    def test_a_name_stays_on_its_line(self):
        assert (
            said("{{ quote.account }}", markdown=False, account="A\r\nBcc: x@example.com")
            == "A Bcc: x@example.com"
        )

    def test_without_the_translation_it_would_be_a_link(self):
        """The negative control."""
        assert "<a" in html_of(
            said("{{ quote.account }}", markdown=False, account="[Win](https://evil.example)")
        )
