"""Everything that writes in the library."""

from library.services.attaching import attach
from library.services.gate import ask_code, enter, may_open
from library.services.material import (
    add,
    add_version,
    archive,
    bring_back,
    change,
    count_opened,
    make_current,
    set_favourite,
    today,
)
from library.services.reading import again, read_next
from library.services.refusals import BadMaterial, BadShare, NotOffered, Settled, TooManyCodes
from library.services.reminding import remind
from library.services.sharing import (
    USUALLY,
    Rules,
    by_key,
    link_of,
    mail_again,
    prolong,
    revoke,
    share,
)
from library.services.using import FOLLOWER, count_sent
from library.services.visiting import begin, going_on, is_machine, look, stay, took

__all__ = [
    "FOLLOWER", "USUALLY", "BadMaterial", "BadShare", "NotOffered", "Rules", "Settled", "TooManyCodes",
    "add", "add_version", "again", "archive", "ask_code", "attach", "begin", "bring_back", "by_key",
    "change", "count_opened", "count_sent", "enter", "going_on", "is_machine", "link_of", "look",
    "mail_again", "make_current", "may_open", "prolong", "read_next", "remind", "revoke",
    "set_favourite", "share", "stay", "today", "took",
]  # fmt: skip
