"""Suggestions as runs and people leave them, one in each state."""

from datetime import timedelta

from improve import services
from improve.models import Suggestion

NAMES = (
    ("missing:1:po", "Order: “PO number” is often missing", 41.0, 1e-9, "Of 120 requests without it, 67 % went back to the rep; with it, 10 %. Each waited 4.0 h of working time for the answer."),
    ("repeated:1:a", "Rotterdam desk: “the data sheet stands in the library…” is written again and again", 3.4, 0.004, "76 times in 6 months, on 52 days of one colleague or another, in nearly the same words."),
    ("slow:1:2", "Logistics is slow on quote requests", 28.0, 0.0004, "60 asks waited 9.4 h of its working time on average; its other 120 waited 2.4 h. Promise what it takes, or ask for many at once."),
    ("uneven:1", "Rotterdam desk: Marta Lindqvist gets 80 % more than an even share", 17.5, 0.03, "180 requests went to Marta Lindqvist first, 100 would be even."),
    ("granted:1:10", "“Discounts”: almost everything up to 18 % is granted", 12.0, 0.002, "158 of 160 asks between 10 and 18 % were released."),
)  # fmt: skip


def make(suggestion, manager, coordinator, now):
    """The five of them; the last ones accepted, changed and dismissed."""
    rows = [
        suggestion(key, title=title, hours=hours, hours_low=hours * 0.7, hours_high=hours * 1.3, q=q, summary=text)
        for key, title, hours, q, text in NAMES
    ]  # fmt: skip
    services.comment(rows[0], body="True. I ask for it every day.", by=coordinator, at=now)
    services.accept(rows[3], by=manager, at=now)
    done = rows[2]
    services.accept(done, by=manager, at=now - timedelta(weeks=10))
    done.refresh_from_db()
    done.changed_on, done.state = (now - timedelta(weeks=10)).date(), "worked"
    done.followed = followed()
    done.save()
    services.dismiss(rows[4], reason="The director wants to see them.", by=manager, at=now)
    return Suggestion.objects.all()


def followed():
    values = [6, 8, 5, 9, 7, 8, 6, 7, 9, 6, 7, 8, 2, 1, 2, 3, 1, 2, 2, 1, 2]
    weeks = [
        {"label": f"{n + 1} Sep", "value": float(v), "n": 12, "signal": n >= 12, "tone": "ok"}
        for n, v in enumerate(values)
    ]
    return {
        "weeks": weeks, "since": 12, "mean": 7.2, "low": 2.1, "high": 12.3, "before": 31.2, "after": 7.7,
        "saved": 23.5, "saved_low": 19.8, "saved_high": 27.1, "verdict": "signal",
        "words": "Signal: since the change, 9 weeks in a row below the old mean. This is no chance.",
    }  # fmt: skip
