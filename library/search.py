"""How material is found from everywhere (Ctrl-K): by its title, then by what stands in its file, its
description and its tags."""

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse

from kit.contents import Contents
from kit.finding import Source
from library.models import Kind, Material, Words
from library.models.material import GLYPHS


def _shown(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    kind = Kind(row["kind"])
    url = reverse("library:material", args=[row["pk"]])
    return row["title"], str(kind.label), GLYPHS[kind], url


SOURCES: Final = (
    Source(
        kind="material", heading="Library", permission="library.view_material",
        page="library:material", model=Material, rows=lambda _user: Material.objects.live(),
        columns=("title", "kind"), shown=_shown, order=("-pk",), text="title",
        trigram_index="library_material_trigrams",
        keys={"holder": "owner_id", "from": "created_by_id"}, mine=("owner_id",),
        contents=Contents(Words, key="material", vector="vector", texts=("words__text", "words__about", "words__tags")),
    ),
)  # fmt: skip
