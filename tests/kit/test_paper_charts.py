"""Charts on paper and as pictures: what stands on them, whatever the values are."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from kit.paper import chart
from kit.paper.chart import Box

WEEKS = [
    {"label": "W1", "value": 3600.0, "n": 4},
    {"label": "W2", "value": None, "n": 0},
    {"label": "W3", "value": 9000.0, "n": 7, "signal": True},
]
HELD = [
    {
        "label": "All types",
        "parts": [{"party": "desk", "seconds": 300}, {"party": "customer", "seconds": 100}],
    }
]


def words_of(draw):
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(400, 200))
    draw(canvas, Box(10, 10, 380, 180))
    canvas.showPage()
    canvas.save()
    return PdfReader(buffer).pages[0].extract_text()


def size_of(png):
    assert png.startswith(b"\x89PNG")
    return Image.open(BytesIO(png)).size


class TestTrend:
    def test_says_its_periods_and_its_scale_in_the_words_of_its_unit(self):
        said = words_of(
            lambda c, box: chart.draw_trend(c, box, WEEKS, "work", mean=5000, low=1000, high=9900)
        )
        assert "W1" in said
        assert "2 h 00" in said

    def test_without_any_value_says_so(self):
        said = words_of(lambda c, box: chart.draw_trend(c, box, [{"label": "W1", "value": None}]))
        assert said.strip() == chart.NOTHING

    def test_marks_a_signal(self):
        plain = [{**point, "signal": False} for point in WEEKS]
        assert chart.trend_png(WEEKS) != chart.trend_png(plain)

    @pytest.mark.parametrize("value", [0, -5, 1e12, 0.0001])
    def test_takes_one_point_of_any_size(self, value):
        assert size_of(chart.trend_png([{"label": "W1", "value": value}], "One"))[0] == 1136


class TestPictures:
    def test_are_the_same_for_the_same_figures(self):
        assert chart.trend_png(WEEKS, "Net") == chart.trend_png(WEEKS, "Net")

    def test_are_as_tall_as_their_rows(self):
        few = size_of(chart.bars_png([{"label": "Quote", "value": 2}], "Waiting"))
        many = size_of(
            chart.bars_png([{"label": "Quote", "value": 2, "tone": "warn"}] * 9, "Waiting")
        )
        assert many[1] > few[1] * 3

    def test_of_nothing_are_still_pictures(self):
        for png in (
            chart.bars_png([]),
            chart.histogram_png([]),
            chart.custody_png([]),
            chart.spark_png([]),
        ):
            assert size_of(png)

    def test_show_who_held_it_with_its_share(self):
        said = words_of(lambda c, box: chart.draw_custody(c, box, HELD))
        assert "Desk 75 %" in said
        assert "Customer 25 %" in said
        assert size_of(chart.custody_png(HELD, "Who held it"))

    def test_show_every_bar_of_a_histogram(self):
        bins = [{"label": f"{n} h", "value": n} for n in range(5)]
        said = words_of(lambda c, box: chart.draw_histogram(c, box, bins))
        assert all(f"{n} h" in said for n in range(5))
