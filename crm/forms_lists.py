"""What the address of a list may say, as controls; and what is made of lists. Forms never save."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from crm.queries.lists import CAP, filters_of
from crm.queries.tables import Filter, Known, Listing
from kit.markup import money, number

MOMENTARY: Final = ("after", "v")  # of an address: what is only of this moment
DAY: Final = forms.DateInput({"type": "date"}, "%Y-%m-%d")


def controls(one: Filter, known: Known) -> dict[str, forms.Field]:
    """The controls of one filter, by the parameters of the address that they fill."""
    if one.kind in {"amount", "day"}:
        return _range(one)
    if one.kind in {"person", "key"}:
        return _rows(one, known)
    if one.choices:
        return {one.name: _select(one, one.choices)}
    return {one.name: forms.CharField(label=one.label, required=False, max_length=100)}


def _rows(one: Filter, known: Known) -> dict[str, forms.Field]:
    if one.is_link:
        return {}
    rows = known.people if one.kind == "person" else getattr(known, one.options)
    first = [("me", "Me"), ("none", "Nobody")] if one.kind == "person" else []
    return {one.name: _select(one, [*first, *((str(key), name) for key, name in rows.items())])}


def _range(one: Filter) -> dict[str, forms.Field]:
    if one.kind == "amount":
        return {
            f"{one.name}_min": forms.DecimalField(label=f"{one.label} from", required=False),
            f"{one.name}_max": forms.DecimalField(label=f"{one.label} up to", required=False),
        }
    return {
        one.name: _select(one, one.choices),
        f"{one.name}_from": forms.DateField(label=f"{one.label}, from", required=False, widget=DAY),
        f"{one.name}_to": forms.DateField(label=f"{one.label}, until", required=False, widget=DAY),
    }


def _select(one: Filter, choices: Sequence[tuple[str, str]]) -> forms.Field:
    return forms.ChoiceField(label=one.label, required=False, choices=[("", "Any"), *choices])


class ListFilters(forms.Form):
    """The filters of a list with what the address says; what it cannot mean is said beside it."""

    def __init__(self, data: Any, *, listing: Listing, known: Known) -> None:
        super().__init__(data, auto_id="f-%s")
        self.listing, self.filters, self.known = listing, filters_of(listing, known), known
        for one in self.filters:
            self.fields |= controls(one, known)

    def shown(self) -> list[BoundField]:
        return [self[name] for name in self.fields]

    def linked(self) -> list[tuple[str, str]]:
        """(parameter, value) of what links said, which the form carries along."""
        links = ((one.name, self._said(one.name)) for one in self.filters if one.is_link)
        return [(name, value) for name, value in links if value]

    def chosen(self, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """(what, value in words, the address without it) of each filter that is set.

        :param names: what the records are called that links said by their keys.
        """
        if not isinstance(self.data, QueryDict):
            return []
        found = []
        for name, label in [("q", self.listing.seek.chip), *self._labels()]:
            value = self._said(name)
            if value:
                words = names.get(name) or self._words(name, value)
                found.append((label, words, without(self.data, name)))
        return found

    def _said(self, name: str) -> str:
        return str(self.data.get(name) or "").replace("\0", "")[:100]

    def _labels(self) -> list[tuple[str, str]]:
        of_controls = [(name, str(field.label)) for name, field in self.fields.items()]
        return of_controls + [(one.name, one.label) for one in self.filters if one.is_link]

    def _words(self, name: str, value: str) -> str:
        for key, words in getattr(self.fields.get(name), "choices", []):
            if str(key) == value:
                return str(words)
        return value


def without(data: QueryDict, *names: str) -> str:
    """An address without some of what it says, and without what is only of this moment."""
    rest = data.copy()
    for name in (*names, *MOMENTARY):
        rest.pop(name, None)
    return rest.urlencode()


class ViewForm(forms.Form):
    """A name for the list as it is now."""

    name = forms.CharField(max_length=40, label="Name of the view")
    shared = forms.BooleanField(required=False, label="For my whole team")
    query = forms.CharField(max_length=1_000, required=False, widget=forms.HiddenInput)


def counted(n: int) -> str:
    """A count in words; beyond the cap it says so."""
    return f"{number(CAP)}+" if n > CAP else number(n)


def sums(pairs: Sequence[tuple[str, Any]]) -> str:
    """Amounts by currency: €12,000 + $3,000."""
    return " + ".join(money(total, currency, 0) for currency, total in pairs)
