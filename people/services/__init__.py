"""Everything that writes people: accounts, calendars, absences, teams."""

from people.services.absences import NotYourAbsence, add_absence, change_absence, remove_absence
from people.services.accounts import (
    AddressTaken,
    LastAdministrator,
    add_person,
    change_person,
    digest,
    ensure_colleagues,
    make_token,
    revoke_token,
    seen,
    set_appearance,
)
from people.services.calendars import (
    ChangedMeanwhile,
    NameTaken,
    NoHours,
    add_calendar,
    add_holidays,
    change_calendar,
    remove_holiday,
)
from people.services.teams import set_minimum

__all__ = [
    "AddressTaken", "ChangedMeanwhile", "LastAdministrator", "NameTaken", "NoHours", "NotYourAbsence", "add_absence",
    "add_calendar", "add_holidays", "add_person", "change_absence", "change_calendar",
    "change_person", "digest", "ensure_colleagues", "make_token", "remove_absence",
    "remove_holiday", "revoke_token", "seen", "set_appearance", "set_minimum",
]  # fmt: skip
