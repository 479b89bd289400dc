"""The rules that ship: each is one small module with when, to whom, what, and until when."""

from followups.rules.base import Due, Rule
from followups.rules.meeting_tomorrow import MEETING_TOMORROW
from followups.rules.order_handed_off import ORDER_HANDED_OFF
from followups.rules.request_waits import REQUEST_WAITS

RULES: dict[str, Rule] = {
    rule.code: rule for rule in (REQUEST_WAITS, ORDER_HANDED_OFF, MEETING_TOMORROW)
}

__all__ = ["RULES", "Due", "Rule"]
