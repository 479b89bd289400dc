"""The words, figures and drawings that every page is made of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from kit import charts, markup

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
ATTACK = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def amsterdam():
    with timezone.override("Europe/Amsterdam"):
        yield


def render(text, **context):
    return Template(text).render(Context(context))


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "0"),
            (40, "40 s"),
            (2040, "34 min"),
            (7500, "2 h 05"),
            (3600, "1 h 00"),
            (40_000, "11 h"),
            (273_600, "3 d 4 h"),
            (172_800, "2 d"),
            (-1500, "−25 min"),
            (timedelta(minutes=3), "3 min"),
            (None, "–"),
        ],
    )
    def test_says_what_a_person_would(self, seconds, words):
        assert markup.duration(seconds).replace("\u00a0", " ") == words

    def test_business_hours_never_become_days(self):
        assert markup.duration(273_600, day=0) == "76\u00a0h"


class TestFigures:
    def test_money_has_its_sign_and_a_true_minus_in_front(self):
        assert markup.money(Decimal("18460")) == "€18,460.00"
        assert markup.money(Decimal("-255")) == "−€255.00"
        assert markup.money(1200, "CHF", 0) == "CHF\u00a01,200"
        assert markup.money(None) == "–"

    def test_percent_takes_a_ratio_and_a_no_break_space(self):
        assert markup.percent(0.274) == "27\u00a0%"
        assert markup.percent(-0.0312, 1) == "−3.1\u00a0%"

    def test_zero_is_a_figure_and_nothing_is_not(self):
        assert markup.number(0) == "0"
        assert markup.number(None) == "–"


class TestWhen:
    @pytest.mark.parametrize(
        ("gap", "words"),
        [
            (timedelta(seconds=-10), "just now"),
            (timedelta(minutes=-12), "12 min ago"),
            (timedelta(minutes=14), "in 14 min"),
            (timedelta(days=-1), "yesterday 10:00"),
            (timedelta(days=1), "tomorrow 10:00"),
            (timedelta(days=-9), "Sun 15 Nov"),
            (timedelta(days=-400), "Mon 20 Oct 2025"),
        ],
    )
    def test_is_relative_while_that_matters(self, gap, words):
        text = markup.relative(NOW + gap, NOW).replace("\u00a0", " ")
        assert text == words

    def test_carries_the_absolute_time_in_the_readers_zone(self):
        assert 'title="Tue 24 Nov 2026, 10:00 Europe/Amsterdam"' in markup.when(NOW, NOW)
        with timezone.override("America/New_York"):
            assert 'title="Tue 24 Nov 2026, 04:00 America/New_York"' in markup.when(NOW, NOW)

    def test_the_day_turns_at_the_readers_midnight(self):
        late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 00:30 on the 24th in Amsterdam
        assert markup.relative(late, NOW).startswith("9")
        with timezone.override("America/New_York"):
            assert markup.day(late) == "Mon 23 Nov"


class TestDue:
    @pytest.mark.parametrize(
        ("arguments", "tone", "words"),
        [
            ((-1500, 7200), "c-bad", "Late 25 min"),
            ((1080, 7200), "c-warn", "18 min"),
            ((1500, 3600), "c-none", "25 min"),  # a fifth of an hour is 12 min
            ((700, 3600), "c-warn", "11 min"),
            ((1801, 86_400), "c-none", "30 min"),  # never sooner than half an hour before
            ((11_880, None), "c-none", "3 h 18"),
        ],
    )
    def test_amber_begins_at_half_an_hour_or_a_fifth(self, arguments, tone, words):
        html = markup.due(*arguments).replace("\u00a0", " ")
        assert f"sla {tone}" in html
        assert f"</svg>{words}<" in html

    def test_a_paused_promise_is_dashed_and_says_what_is_left(self):
        html = markup.due(21_600, 28_800, paused=True).replace("\u00a0", " ")
        assert "is-paused" in html
        assert "Paused, 6 h left" in html

    def test_a_kept_promise_says_how_long_it_took(self):
        assert "In 14\u00a0min" in markup.due(840, 3600, met=True)

    def test_no_promise_is_said_in_words(self):
        assert "No promise" in markup.due(None)


class TestEscaping:
    def test_names_and_labels_never_become_html(self):
        pieces = [
            markup.turn("desk", ATTACK, ATTACK),
            markup.turn(ATTACK),
            markup.avatar(ATTACK),
            markup.chip(ATTACK, "ok"),
            markup.due(5, 10, title=ATTACK),
            markup.icon("x", label=ATTACK),
            charts.custody_bar([{"party": "desk", "seconds": 5, "label": ATTACK}]),
            charts.sparkline([1, 2], ATTACK),
            charts.trend([{"label": ATTACK, "value": 1}, {"label": "b", "value": 2}], ATTACK),
            charts.bar_chart(
                [{"label": ATTACK, "value": 1, "url": ATTACK, "note": ATTACK}], ATTACK
            ),
            render("{% empty 'inbox' t t t t %}", t=ATTACK),
        ]
        for piece in pieces:
            assert "<script" not in piece

    def test_nothing_carries_a_style_attribute(self):
        points = [{"label": "W1", "value": 3, "n": 2}, {"label": "W2", "value": 5, "n": 2}]
        for piece in (
            charts.custody_bar([{"party": "desk", "seconds": 5}], live=True),
            charts.trend(points, "T", mean=4.0, low=1.0, high=6.0),
            charts.bar_chart(points, "T"),
        ):
            assert "style=" not in piece


class TestCustody:
    SPANS = [
        {"party": "desk", "seconds": 300},
        {"party": "customer", "seconds": 600},
        {"party": "desk", "seconds": 300},
    ]

    def test_the_widths_add_up_to_the_whole(self):
        import re

        widths = re.findall(
            r'class="c-\w+" x="[\d.]+%" width="([\d.]+)%"', charts.custody_bar(self.SPANS)
        )
        assert [float(width) for width in widths] == [25, 50, 25]

    def test_objects_are_as_good_as_mappings(self):
        spans = [SimpleNamespace(**span, label="Marta") for span in self.SPANS]
        assert "Marta 5" in charts.custody_bar(spans)
        assert charts.custody_shares(spans) == charts.custody_shares(self.SPANS)

    def test_only_a_running_span_is_hatched(self):
        assert "url(#hatch)" in charts.custody_bar(self.SPANS, live=True)
        assert "url(#hatch)" not in charts.custody_bar(self.SPANS)

    def test_shares_are_by_party_and_name_the_whole(self):
        html = charts.custody_shares(self.SPANS).replace("\u00a0", " ")
        assert html.count("<li>") == 2
        assert "Desk <b>10 min</b> 50 %" in html
        assert "Together <b>20 min</b>" in html

    def test_nobody_yet_is_no_division_by_zero(self):
        assert "Nobody has held it yet" in charts.custody_bar([])
        assert charts.custody_shares([]) == ""


class TestTrend:
    def test_has_the_same_figures_as_a_table(self):
        points = [{"label": "W1", "value": 3600, "n": 7}, {"label": "W2", "value": None, "n": 0}]
        html = charts.trend(points, "Turnaround", "duration")
        assert (
            '<th scope="row">W1</th><td class="r">1\u00a0h\u00a000</td><td class="r">7</td>' in html
        )
        assert '<th scope="row">W2</th><td class="r">–</td><td class="r">0</td>' in html

    def test_a_missing_period_is_a_gap_and_not_a_zero(self):
        points = [{"label": str(i), "value": v} for i, v in enumerate([1, 2, None, 3, 4])]
        assert charts.trend(points, "T").count("<polyline") == 2

    def test_equal_values_and_single_points_are_drawn(self):
        assert "<circle" in charts.trend([{"label": "a", "value": 5}], "T")
        assert "nan" not in charts.sparkline([5, 5, 5])

    @pytest.mark.parametrize(
        ("low", "high", "unit", "words"),
        [
            (0, 38_000, "duration", ["0", "4 h 00", "8 h 00"]),
            (0, 0.97, "percent", ["0 %", "50 %"]),
            (90, 130, "number", ["90", "100", "110", "120", "130"]),
            (0, 40_000_000, "duration", ["0", "182 d", "364 d"]),
        ],
    )
    def test_the_axis_has_round_figures(self, low, high, unit, words):
        shown = [
            charts.show(tick, unit).replace("\u00a0", " ") for tick in charts.ticks(low, high, unit)
        ]
        assert shown[: len(words)] == words
        assert 2 <= len(shown) <= 6

    def test_nothing_to_draw_is_said(self):
        assert "Nothing to draw" in charts.trend([{"label": "a", "value": None}], "T")


class Example(forms.Form):
    po = forms.CharField(label="PO number", help_text="As on the customer's paper")
    way = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    note = forms.CharField(required=False, widget=forms.Textarea)
    key = forms.CharField(widget=forms.HiddenInput)


class TestField:
    def test_label_hint_and_error_are_tied_to_the_control(self):
        html = render("{% field form.po %}", form=Example({}))
        assert 'for="id_po"' in html
        assert 'aria-describedby="id_po-hint id_po-error"' in html
        assert 'aria-invalid="true"' in html
        assert 'id="id_po-hint"' in html
        assert 'id="id_po-error"' in html
        assert "This field is required." in html

    def test_a_sound_field_is_not_called_invalid(self):
        html = render("{% field form.po %}", form=Example({"po": "CD-5521"}))
        assert "aria-invalid" not in html
        assert "-error" not in html

    def test_radio_buttons_are_a_group_with_a_legend(self):
        html = render("{% field form.way %}", form=Example())
        assert "<fieldset" in html
        assert "<legend" in html

    def test_what_may_stay_empty_says_so(self):
        assert "optional" in render("{% field form.note %}", form=Example())
        assert "optional" not in render("{% field form.po %}", form=Example())

    def test_a_hidden_field_stays_hidden(self):
        html = render("{% field form.key %}", form=Example())
        assert 'type="hidden"' in html
        assert "<label" not in html

    def test_errors_above_the_form_lead_to_their_fields(self):
        html = render("{% form_errors form %}", form=Example({"key": "1"}))
        assert "2 fields need another look" in html
        assert 'href="#id_po"' in html
        assert render("{% form_errors form %}", form=Example()).strip() == ""

    def test_one_bad_field_is_one(self):
        html = render("{% form_errors form %}", form=Example({"key": "1", "way": "a"}))
        assert "1 field needs another look" in html

    def test_a_bad_hidden_field_is_not_silent(self):
        html = render("{% form_errors form %}", form=Example({"po": "1", "way": "a"}))
        assert "This field is required." in html


class TestIcons:
    def test_every_icon_named_in_the_code_is_in_the_sprite(self):
        import re

        sprite = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static/icons.svg").read_text()))
        listed = set((ROOT / "scripts/icons.txt").read_text().split())
        used = {}
        for page in sorted((ROOT / "templates").rglob("*.html")):
            for name in re.findall(r'{% icon "([\w-]+)"', page.read_text()):
                used.setdefault(name, page.name)
        assert sprite == listed
        assert {name: page for name, page in used.items() if name not in sprite} == {}

    def test_an_icon_is_silent_unless_it_has_a_label(self):
        assert 'aria-hidden="true"' in markup.icon("truck")
        assert 'role="img" aria-label="By truck"' in markup.icon("truck", label="By truck")


class TestVendored:
    def test_files_are_what_the_manifest_says(self):
        import base64
        import hashlib
        import json

        manifest = json.loads((ROOT / "static/vendor/manifest.json").read_text())
        for name, entry in manifest.items():
            digest = hashlib.sha384((ROOT / name).read_bytes()).digest()
            assert entry["file"] == f"sha384-{base64.b64encode(digest).decode()}", name

    def test_templates_hold_no_inline_script_or_style(self):
        import re

        inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on", re.IGNORECASE)
        folder = ROOT / "templates"
        pages = {str(page.relative_to(folder)): page.read_text() for page in folder.rglob("*.html")}
        found = {name for name, text in pages.items() if inline.search(text)}
        assert found == {
            "comms/mail.html"
        }  # mail programs know no style sheets; it is never a page
        assert inline.search('<button onclick="x()">')  # negative control
        assert inline.search("<script>x()</script>")


class TestQuantity:
    def test_is_never_rounded(self):
        assert [markup.quantity(Decimal(q)) for q in ("12.000", "2.5", "1200", "0.001")] == [
            "12", "2.5", "1,200", "0.001",
        ]  # fmt: skip

    def test_nothing_is_a_dash(self):
        assert markup.quantity(None) == markup.NONE
