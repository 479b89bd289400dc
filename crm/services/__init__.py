"""Everything that writes accounts and contacts, leads, deals and activities."""

from crm.services.activities import change as change_activity
from crm.services.activities import log as log_activity
from crm.services.bulk import (
    ACCOUNT_CHECKS,
    ACCOUNTS,
    CONTACT_CHECKS,
    CONTACTS,
    PARENTS_ARE_LEFT,
    find_staged_accounts,
    find_staged_contacts,
    import_accounts,
    import_contacts,
)
from crm.services.bulk_deals import DEAL_CHECKS, DEALS, find_staged_deals, import_deals
from crm.services.bulk_leads import (
    ACTIVITIES,
    ACTIVITY_CHECKS,
    LEAD_CHECKS,
    LEADS,
    find_staged_activities,
    find_staged_leads,
    import_activities,
    import_leads,
)
from crm.services.bulk_match import (
    ACCOUNT_IS_KNOWN,
    ACCOUNT_MATCHES,
    CONTACT_MATCHES,
    LEAD_MATCHES,
    find_accounts,
)
from crm.services.bulk_upsert import compare
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
    change_account,
    change_contact,
    create_account,
    create_contact,
)
from crm.services.refusals import BadRecord
from crm.services.validation_files import staged_problems, staged_warnings

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_CHECKS",
    "ACCOUNT_IS_KNOWN",
    "ACCOUNT_MATCHES",
    "ACTIVITIES",
    "ACTIVITY_CHECKS",
    "CONTACTS",
    "CONTACT_CHECKS",
    "CONTACT_MATCHES",
    "DEALS",
    "DEAL_CHECKS",
    "LEADS",
    "LEAD_CHECKS",
    "LEAD_MATCHES",
    "PARENTS_ARE_LEFT",
    "BadRecord",
    "IllegalDealMove",
    "IllegalLeadMove",
    "Line",
    "Missing",
    "add_lead",
    "change_account",
    "change_activity",
    "change_contact",
    "change_deal",
    "change_lead",
    "compare",
    "convert",
    "create_account",
    "create_contact",
    "find_accounts",
    "find_staged_accounts",
    "find_staged_activities",
    "find_staged_contacts",
    "find_staged_deals",
    "find_staged_leads",
    "import_accounts",
    "import_activities",
    "import_contacts",
    "import_deals",
    "import_leads",
    "link",
    "link_along",
    "log_activity",
    "missing",
    "move_deal",
    "move_lead",
    "open_deal",
    "set_lines",
    "staged_problems",
    "staged_warnings",
    "unlink",
]
