"""Everything that writes about reports."""

from reports.services.building import (
    Full,
    NotShipped,
    StaleOrder,
    add_block,
    change_block,
    copy_report,
    keep_report,
    move_block,
    order_blocks,
    remove_block,
    remove_report,
    restore_report,
    ship,
)
from reports.services.embed import MOST_READERS, NotForThem, may_read, send_edition, send_view
from reports.services.making import NobodyToTell, Sending, make_editions, send_test, send_to
from reports.services.schedules import (
    keep_schedule,
    next_moment,
    remove_schedule,
    send_due,
    send_now,
    switch_schedule,
)

__all__ = [
    "MOST_READERS", "Full", "NobodyToTell", "NotForThem", "NotShipped", "Sending", "StaleOrder", "add_block",
    "change_block", "copy_report", "keep_report", "keep_schedule", "make_editions", "may_read", "move_block",
    "next_moment", "order_blocks", "remove_block", "remove_report", "remove_schedule",
    "restore_report", "send_due", "send_edition", "send_now", "send_test", "send_to", "send_view",
    "ship", "switch_schedule",
]  # fmt: skip
