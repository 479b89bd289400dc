"""What the library knows of a person is taken away with her (settings.ERASE_STEPS)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q

from crm.models import Contact
from library.models import GateCode, Share, Visit
from library.services.sharing import record
from people.models import User


def erase(people: Collection[Contact], *, by: User | None, at: datetime) -> Mapping[str, int]:
    """Links for her stop working, codes go, and visits keep no address and no browser. Names and
    addresses in the shares themselves are taken out with all other texts."""
    mails = [one.email.lower() for one in people if one.email]
    mine = Q(contact__in=[one.pk for one in people])
    for mail in mails:
        mine |= Q(email__iexact=mail)
    live = list(Share.objects.select_for_update(of=("self",)).filter(mine).live(at))
    for row in live:
        row.revoked_at, row.revoked_by = at, by or row.made_by
        row.save(update_fields=["revoked_at", "revoked_by"])
        record("revoked", row, by=by, at=at)
    shares = list(Share.objects.filter(mine).values_list("pk", flat=True))
    codes, _ = GateCode.objects.filter(Q(share__in=shares) | Q(email__in=mails)).delete()
    seen = Visit.objects.filter(Q(share__in=shares) | Q(email__in=mails))
    visits = seen.exclude(email="", agent="").update(email="", agent="")
    return {"shares": len(live), "codes": codes, "visits": visits}
