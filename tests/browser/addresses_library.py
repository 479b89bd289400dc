"""Pages of the library for the walk over all pages."""

import re

from django.utils import timezone

from comms.models import PastTemplate
from crm.models import Account
from desk.models import PastAnswer
from library import services as library
from library.models import Material, Share


def of_library():
    """Material in every state, shares, and what guests open before they press Open."""
    for query in ("q=pumps", "view=favourites", "view=expiring", "view=archived", "kind=case"):
        yield f"/library/?{query}"
    for row in Material.objects.order_by("-pk")[:12]:
        yield f"/library/{row.pk}/"
    for view in ("live", "unseen", "over"):
        yield f"/library/shares/?view={view}"
    yield "/library/templates/?view=outdated"
    answer, template = PastAnswer.objects.first(), PastTemplate.objects.first()
    for key, version in (
        (f"answer/{answer.answer_id}", answer.version), (f"template/{template.template_id}", template.version)
    ):  # fmt: skip
        yield f"/library/templates/{key}/"
        yield f"/library/templates/{key}/{version}/"
    account = Account.objects.exclude(industry="").first()
    yield f"/library/for/crm.account/{account.pk}/"
    yield f"/library/share/?about=crm.account&id={account.pk}"
    for row in Share.objects.order_by("pk"):
        yield f"/library/shares/{row.pk}/"
    for gate in (False, True):
        row = Share.objects.live(timezone.now()).filter(gate=gate).first()
        yield re.sub(r"^https?://[^/]+", "", library.link_of(row))
        yield re.sub(r"^https?://[^/]+", "", library.link_of(row)) + f"{row.items.first().pk}/"
    yield "/library/s/unknown/"
