"""Everything that writes accounts and contacts."""

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
from crm.services.records import (
    change_account,
    change_contact,
    create_account,
    create_contact,
)

__all__ = [
    "ACCOUNT_CHECKS", "ACCOUNT_IS_KNOWN", "CONTACT_CHECKS", "change_account", "change_contact",
    "create_account", "create_contact", "find_accounts", "find_staged_accounts",
    "find_staged_contacts", "import_accounts", "import_contacts",
]  # fmt: skip
