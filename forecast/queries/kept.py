"""What was learned, as JSON and back: to the last digit the same."""

from typing import Any

import numpy as np

from forecast.engine.sampling import Learned, Life


def dumped(learned: Learned) -> dict[str, Any]:
    """{share, rates: {type: [168]}, lives: {type: [[target, priority, [[what, seconds]]]]}}; seconds
    are cut at tenths, so what is played is always what was kept."""
    return {
        "share": learned.share,
        "rates": {str(kind): rate.tolist() for kind, rate in learned.rates.items()},
        "lives": {
            str(kind): [
                [life.target, life.priority, [[what, round(s, 1)] for what, s in life.steps]]
                for life in lives
            ]
            for kind, lives in learned.lives.items()
        },
    }


def loaded(data: dict[str, Any]) -> Learned:
    return Learned(
        {int(kind): np.array(rate) for kind, rate in data["rates"].items()},
        {
            int(kind): [
                Life(target, priority, tuple((what, s) for what, s in steps))
                for target, priority, steps in lives
            ]
            for kind, lives in data["lives"].items()
        },
        data["share"],
    )
