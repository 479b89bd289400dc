"""Sales material: what there is, what is in it, with whom it was shared, how it is used."""

from library.models.material import Favourite, Kind, Material, Sort, Tag, Version, Words
from library.models.reading import PageImage, Reading, State
from library.models.sharing import GateCode, PageView, Share, ShareItem, Visit
from library.models.use import Use, What

__all__ = [
    "Favourite", "GateCode", "Kind", "Material", "PageImage", "PageView", "Reading", "Share",
    "ShareItem", "Sort", "State", "Tag", "Use", "Version", "Visit", "What", "Words",
]  # fmt: skip
