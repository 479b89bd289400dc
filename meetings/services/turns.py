"""Whose turn it is to take a meeting that a guest books by herself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, QuerySet

from crm.models import Account, Contact
from meetings.models import BookingPage, Outcome, PageBooking, Status
from people.models import User

LOOKS_BACK: Final = timedelta(days=90)
# Mail addresses that anybody may have: they say nothing about where somebody works.
ANYBODYS: Final = frozenset({
    "aol.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de",
    "gmx.net", "googlemail.com", "home.nl", "hotmail.com", "icloud.com", "kpnmail.nl", "laposte.net",
    "live.com", "mac.com", "mail.com", "me.com", "msn.com", "orange.fr", "outlook.com", "planet.nl",
    "proton.me", "protonmail.com", "sfr.fr", "t-online.de", "telefonica.net", "wanadoo.fr", "web.de",
    "yahoo.com", "ymail.com", "ziggo.nl", "zoho.com",
})  # fmt: skip


def hosts_of(page: BookingPage) -> list[User]:
    """Who takes the meetings of a page, by key: those named, else all of the team who work here."""
    hosts = list(_active().filter(pk__in=page.page_hosts.values("user")).order_by("pk"))
    if hosts or page.team_id is None or page.turns == BookingPage.Turns.PERSON:
        return hosts
    return list(_active().filter(team=page.team_id).order_by("pk"))


def _active() -> QuerySet[User]:
    return User.objects.active().select_related("team__calendar", "department__calendar")


def fair_order(page: BookingPage, hosts: Sequence[User], *, at: datetime) -> list[User]:
    """Whose share of the page's meetings of the last 90 days is smallest for her weight comes first.

    A meeting to which the guest did not come does not count, nor does a cancelled one: neither took
    her time. Among equals, who waited longest; then by key.
    """
    taken = (
        PageBooking.objects.filter(page=page, at__gt=at - LOOKS_BACK, host__in=hosts)
        .exclude(meeting__outcome=Outcome.GUEST_NO_SHOW)
        .exclude(meeting__status=Status.CANCELLED)
    )
    counts = {
        host: (n, last)
        for host, n, last in taken.values_list("host").annotate(Count("pk"), Max("at"))
    }
    weights = dict(page.page_hosts.values_list("user", "weight"))
    never = at - 2 * LOOKS_BACK

    def share(host: User) -> tuple[float, datetime, int]:
        n, last = counts.get(host.pk, (0, never))
        return n / weights.get(host.pk, 1), last, host.pk

    return sorted(hosts, key=share)


def account_of(email: str) -> Account | None:
    """The account of a known contact, else the one whose contacts have most addresses of the domain.

    Addresses that anybody may have (such as gmail.com) say nothing about an account.
    """
    rows = Contact.objects.active().filter(account__is_active=True).select_related("account__owner")
    known = rows.filter(email__iexact=email).order_by("pk").first()
    if known is not None:
        return known.account
    domain = email.rpartition("@")[2].lower()
    if not domain or domain in ANYBODYS:
        return None
    same = rows.filter(email__iendswith=f"@{domain}").values("account")
    best = same.annotate(n=Count("pk")).order_by("-n", "account").values_list("account", flat=True)
    return Account.objects.select_related("owner").filter(pk=best[0]).first() if best else None


def owner_of(account: Account | None) -> User | None:
    """Who looks after an account and works here, with what her hours are computed from."""
    if account is None or account.owner_id is None:
        return None
    return _active().filter(pk=account.owner_id).first()


def candidates(page: BookingPage, account: Account | None) -> list[User]:
    """Who may take a meeting of `page` with somebody of `account`: its owner alone, if the page goes
    by owners and there is one; else the hosts of the page."""
    if page.turns == BookingPage.Turns.OWNER:
        owner = owner_of(account)
        if owner is not None:
            return [owner]
    return hosts_of(page)
