"""The picture of a map: nothing overlaps, no line crosses a box, heavy ways point down."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from process.queries.layout import Box, crossings, place, upwards

NODE, LABEL = Box(178, 40), Box(60, 15)
GRAPHS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 100)), min_size=1, max_size=35
)  # fmt: skip


def laid(raw):
    edges = {(a, b): (float(w), LABEL) for a, b, w in raw}
    nodes = {n: NODE for pair in edges for n in pair}
    return nodes, edges, place(nodes, edges)


def inside(point, spot, box, by=0.5):
    return (
        abs(point[0] - spot[0]) < box.width / 2 - by
        and abs(point[1] - spot[1]) < box.height / 2 - by
    )


def along(route):
    """Points of the line as it is drawn: bends keep between the two x, straight down the rest."""
    for (x0, y0), (x1, y1) in pairwise(route):
        for i in range(11):
            t = i / 10
            yield x0 + (x1 - x0) * (3 * t * t - 2 * t**3), y0 + (y1 - y0) * t


class TestPlace:
    @given(GRAPHS)
    @settings(max_examples=60)
    def test_no_line_crosses_a_box_and_nothing_overlaps(self, raw):
        nodes, edges, placed = laid(raw)
        assert set(placed.nodes) == set(nodes)
        assert set(placed.routes) == set(placed.labels) == set(edges)
        for key, route in placed.routes.items():
            if key[0] != key[1]:
                for point in along(route):
                    assert not any(inside(point, placed.nodes[n], NODE) for n in nodes)
        things = [(spot, NODE) for spot in placed.nodes.values()]
        things += [(spot, LABEL) for key, spot in placed.labels.items()]
        for i, (one, box) in enumerate(things):
            assert box.width / 2 <= one[0] <= placed.width - box.width / 2
            for other, beside in things[i + 1 :]:
                apart = abs(one[0] - other[0]) >= (box.width + beside.width) / 2 - 0.5
                assert apart or abs(one[1] - other[1]) >= (box.height + beside.height) / 2 - 0.5

    @given(GRAPHS)
    def test_the_same_input_gives_the_same_picture(self, raw):
        assert laid(raw)[2] == laid(raw)[2]

    def test_lines_begin_and_end_at_their_boxes(self):
        _, _, placed = laid([(1, 2, 5), (2, 1, 1)])
        y1, y2 = placed.nodes[1][1], placed.nodes[2][1]
        down, up = placed.routes[1, 2], placed.routes[2, 1]
        assert y1 < y2
        assert (down[0][1], down[-1][1]) == (y1 + 20, y2 - 20)
        assert (up[0][1], up[-1][1]) == (y2 - 20, y1 + 20)

    def test_a_chain_stands_straight(self):
        _, _, placed = laid([(1, 2, 5), (2, 3, 5), (3, 4, 5)])
        assert len({round(x) for x, _ in placed.nodes.values()}) == 1

    def test_one_box_alone(self):
        placed = place({1: NODE}, {})
        assert placed.width > NODE.width


class TestUpwards:
    def test_turns_the_light_line_of_a_circle(self):
        assert upwards([1, 2], {(1, 2): 9.0, (2, 1): 1.0}) == {(2, 1)}

    @given(GRAPHS)
    def test_leaves_no_circle(self, raw):
        weights = {(a, b): float(w) for a, b, w in raw if a != b}
        turned = upwards(sorted({n for k in weights for n in k}), weights)
        left = {(b, a) if (a, b) in turned else (a, b) for a, b in weights}
        while left:
            sinks = {b for _, b in left} - {a for a, _ in left}
            assert sinks
            left = {(a, b) for a, b in left if b not in sinks}


def test_crossings_of_nothing_are_none():
    assert crossings([[], []]) == 0
