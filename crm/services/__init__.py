"""Everything that writes accounts and contacts, leads, deals and activities."""

from crm.services.activities import change as change_activity
from crm.services.activities import log as log_activity
from crm.services.bulk import (
    ACCOUNT_CHECKS,
    ACCOUNT_IS_KNOWN,
    CONTACT_CHECKS,
    find_accounts,
    find_staged_accounts,
    find_staged_contacts,
    import_accounts,
    import_contacts,
)
from crm.services.deals import (
    IllegalDealMove,
    Line,
    Missing,
    change_deal,
    link,
    link_along,
    missing,
    move_deal,
    open_deal,
    set_lines,
    unlink,
)
from crm.services.leads import IllegalLeadMove, add_lead, change_lead, convert, move_lead
from crm.services.records import (
    BadRecord,
    change_account,
    change_contact,
    create_account,
    create_contact,
)

__all__ = [
    "ACCOUNT_CHECKS", "ACCOUNT_IS_KNOWN", "CONTACT_CHECKS", "BadRecord", "IllegalDealMove",
    "IllegalLeadMove", "Line", "Missing", "add_lead", "change_account", "change_activity",
    "change_contact", "change_deal", "change_lead", "convert", "create_account", "create_contact",
    "find_accounts", "find_staged_accounts", "find_staged_contacts", "import_accounts",
    "import_contacts", "link", "link_along", "log_activity", "missing", "move_deal", "move_lead", "open_deal",
    "set_lines", "unlink",
]  # fmt: skip
