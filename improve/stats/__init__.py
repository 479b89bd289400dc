"""Tests and intervals of our own, in numpy: exact where counts are counted, by permutation where
lengths are compared. docs/improve.md has each formula, docs/adr/0020 the reasons."""

from improve.stats.exact import (
    binomial_above,
    fisher_above,
    newcombe,
    not_better_by,
    wilson,
)
from improve.stats.permute import difference_band, exchangeable_above, larger_mean

__all__ = [
    "binomial_above", "difference_band", "exchangeable_above", "fisher_above", "larger_mean",
    "newcombe", "not_better_by", "wilson",
]  # fmt: skip
