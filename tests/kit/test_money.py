"""Money: rounded in one place, to the minor unit of its currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import line_total, minor_digits, round_money, totals

CENTS = st.decimals(0, 10**6, places=2)
RATES = st.sampled_from([Decimal(p) for p in ("0", "5", "7.7", "9", "19", "21", "25.5")])
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(st.lists(st.tuples(CENTS, RATES), max_size=40), CURRENCIES)
def test_gross_is_exactly_net_plus_the_parts_of_tax(lines, currency):
    rounded = [(round_money(net, currency), rate) for net, rate in lines]
    sums = totals(rounded, currency)
    assert sums.gross == sums.net + sum((part.tax for part in sums.taxes), Decimal(0))
    assert sums.net == sum((net for net, _ in rounded), Decimal(0))
    assert sums.tax == sums.gross - sums.net


@given(st.lists(st.tuples(CENTS, RATES), min_size=1, max_size=20), st.randoms())
def test_neither_the_order_of_lines_nor_how_they_are_cut_changes_the_tax(lines, rnd):
    shuffled = list(lines)
    rnd.shuffle(shuffled)
    halves = [(net / 2, rate) for net, rate in lines for _ in range(2)]
    whole = totals(lines, "EUR")
    assert totals(shuffled, "EUR") == whole
    assert totals(halves, "EUR").gross == whole.gross


@given(st.decimals("0.001", 10**5, places=3), st.decimals(0, 10**5, places=4),
       st.decimals(0, 100, places=2), CURRENCIES)  # fmt: skip
def test_a_line_is_off_by_less_than_half_of_the_smallest_coin(quantity, price, off, currency):
    exact = quantity * price * (100 - off) / 100
    coin = Decimal(1).scaleb(-minor_digits(currency))
    assert abs(line_total(quantity, price, off, currency) - exact) <= coin / 2


@pytest.mark.parametrize(("currency", "right"), [("EUR", "2.35"), ("JPY", "2"), ("KWD", "2.345")])
def test_each_currency_has_its_own_smallest_coin(currency, right):
    assert round_money(Decimal("2.345"), currency) == Decimal(right)


def test_rounding_each_line_apart_would_be_wrong():
    """The control: three cents of tax that nobody owes."""
    lines = [(Decimal("0.07"), Decimal(21))] * 3
    apart = sum((round_money(net * rate / 100, "EUR") for net, rate in lines), Decimal(0))
    assert apart != totals(lines, "EUR").tax
