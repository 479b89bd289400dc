"""Which records may be the same: values made comparable, keys that bring them together, evidence."""

from crm.matching.evidence import LOOK, SURE, Finding, compare_accounts, compare_contacts
from crm.matching.prints import AccountPrint, ContactPrint, account_print, contact_print

__all__ = [
    "LOOK", "SURE", "AccountPrint", "ContactPrint", "Finding", "account_print", "compare_accounts",
    "compare_contacts", "contact_print",
]  # fmt: skip
