"""Lines that come in bulk: pasted from a spreadsheet, from a customer's own sheet, from an earlier
order. All that is good goes in, or nothing, as the person chose; every bad row says why."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from crm.models import Account
from kit.tables import values
from kit.tables.read import read
from kit.tables.source import TableError
from orders.models import Order, OrderLine, SheetMap
from orders.queries.prices import Wanted, buyer, offers
from orders.services import drafts
from orders.services.errors import BadLine, Unusable
from people.models import User

FIELDS: Final = ("sku", "quantity", "unit_price")
LARGEST_QUANTITY: Final = Decimal(10) ** 9
# What customers call these columns; compared without case, spaces and dots.
NAMES: Final[Mapping[str, Sequence[str]]] = {
    "sku": ("sku", "product", "productcode", "article", "articleno", "artno", "item", "itemno",
            "itemcode", "code", "partno", "partnumber", "material", "artikel", "artikelnummer",
            "referenz", "reference", "stockcode"),
    "quantity": ("quantity", "qty", "amount", "pieces", "pcs", "menge", "anzahl", "aantal",
                 "quantite", "ordered", "orderqty"),
    "unit_price": ("unitprice", "price", "preis", "prijs", "prix", "netprice", "einzelpreis"),
}  # fmt: skip


@dataclass(frozen=True)
class BadRow:
    """What was wrong with a row, in the words that people see."""

    row: int
    column: str
    reason: str


class BadRows(Unusable):
    """Some rows cannot be used, and nothing was taken; `problems` says which."""

    def __init__(self, problems: Sequence[BadRow]) -> None:
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} rows cannot be used. Nothing was added.")


@dataclass(frozen=True)
class Taken:
    """How many lines went in, and the rows that did not."""

    added: int
    problems: Sequence[BadRow]


def parse(text: str) -> list[tuple[int, dict[str, str]]]:
    """Rows of pasted text: SKU, quantity and perhaps a price, by tab, semicolon, comma or spaces;
    a first row of column names is used."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [(i, line) for i, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        return []
    cut = [(i, _cells(line)) for i, line in filled]
    columns = _columns(cut[0][1])
    if columns.get("sku"):
        names = {field: cut[0][1].index(column) for field, column in columns.items()}
        cut = cut[1:]
    else:
        names = {field: place for place, field in enumerate(FIELDS)}
    return [
        (i, {f: cells[n].strip() for f, n in names.items() if n < len(cells)}) for i, cells in cut
    ]


def _cells(line: str) -> list[str]:
    for sign in ("\t", ";"):
        if sign in line:
            return next(csv.reader(io.StringIO(line), delimiter=sign))
    if "," in line and not re.search(r"\s\d+,\d+\s*$", line):
        return next(csv.reader(io.StringIO(line)))
    return line.split()


def _columns(header: Iterable[str]) -> dict[str, str]:
    """{field: column} as far as the names say it."""
    found: dict[str, str] = {}
    for column in header:
        bare = re.sub(r"[^a-z]", "", str(column).lower())
        for field, names in NAMES.items():
            if bare in names and field not in found:
                found[field] = column
    return found


@transaction.atomic
def add_rows(
    order: Order, rows: Sequence[tuple[int, Mapping[str, str]]], *, skip_bad: bool,
    by: User, at: datetime,
) -> Taken:  # fmt: skip
    """Add lines to a draft from rows {"sku", "quantity", "unit_price"} of text.

    :raises BadRows: if a row is bad and `skip_bad` is not asked for; nothing is added.
    :raises Closed: once the order is confirmed.
    """
    drafts.lock_for_edit(order)
    wanted, problems = _read(rows)
    found = offers(
        buyer(order.account, order.currency, at),
        [Wanted(line["quantity"], sku=str(line["sku"]).upper()) for _, line in wanted],
    ) if wanted else {}  # fmt: skip
    for place, (row, line) in enumerate(wanted):
        if place not in found:
            problems.append(BadRow(row, "sku", f"We have no product “{line['sku']}”."))
    problems.sort(key=lambda bad: bad.row)
    if problems and not skip_bad:
        raise BadRows(problems)
    good = [line for place, (_, line) in enumerate(wanted) if place in found]
    if order.lines.count() + len(good) > drafts.MOST_LINES:
        raise BadLine(drafts.TOO_MANY)
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    made = drafts.draft_lines(order, good, at)
    for new in made:
        new.position += last
    OrderLine.objects.bulk_create(made)
    drafts.changed(order, by, at, {"added": len(made)})
    return Taken(len(made), problems)


def _read(
    rows: Sequence[tuple[int, Mapping[str, str]]],
) -> tuple[list[tuple[int, dict[str, Any]]], list[BadRow]]:
    good, bad = [], []
    for number, row in rows:
        try:
            good.append((number, _line(row)))
        except _Bad as problem:
            bad.append(BadRow(number, problem.column, problem.reason))
    return good, bad


class _Bad(Exception):
    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(reason)


def _line(row: Mapping[str, str]) -> dict[str, Any]:
    if row.get("problem"):
        raise _Bad("", row["problem"])
    sku = row.get("sku", "").strip()
    if not sku:
        raise _Bad("sku", "The SKU is missing.")
    quantity = _number(row.get("quantity", ""), "quantity")
    if quantity is None or quantity <= 0:
        raise _Bad("quantity", "The quantity has to be above 0.")
    if quantity > LARGEST_QUANTITY or quantity != round(quantity, 3):
        raise _Bad("quantity", "A quantity has at most three decimals and nine digits.")
    price = _number(row.get("unit_price", ""), "unit_price")
    if price is not None and (price < 0 or price >= drafts.LARGEST or price != round(price, 4)):
        raise _Bad("unit_price", "A price is 0 or more, with at most four decimals.")
    return {"sku": sku[:60], "quantity": quantity, "unit_price": price}


def quantity_of(text: str) -> Decimal:
    """What somebody typed as a quantity; 0 for nothing.

    :raises BadLine: for what is no quantity.
    """
    try:
        value = _number(text, "quantity") or Decimal(0)
    except _Bad as problem:
        raise BadLine(problem.reason) from problem
    if value < 0 or value > LARGEST_QUANTITY or value != round(value, 3):
        raise BadLine(f"“{text[:20]}” is no quantity.")
    return value


def _number(text: str, column: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return values.decimal_of(text)
    except values.ValueProblem as problem:
        raise _Bad(column, str(problem)) from problem


def read_sheet(
    path: Path, name: str, account: Account, columns: Mapping[str, str] | None = None
) -> tuple[list[tuple[int, dict[str, str]]], dict[str, str], list[str]]:
    """A customer's own order sheet: (rows, the columns used, all columns of the file).

    The columns are those given, else those of the customer's last sheet, else guessed by name; no
    rows when SKU or quantity has no column yet.

    :raises Unusable: if the file is no table, or has far too many rows.
    """
    try:
        table = read(path, name=name)
        header = [str(column) for column in table.columns]
        chosen = _choose(account, header, columns)
        if not {"sku", "quantity"} <= set(chosen):
            return [], chosen, header
        places = {field: header.index(column) for field, column in chosen.items()}
        rows = []
        for row in table.rows:
            cells = row.values
            if row.problem:
                rows.append((row.number, {"problem": row.problem}))
                continue
            told = {f: _text(cells[n]) for f, n in places.items() if n < len(cells)}
            if any(told.values()):
                rows.append((row.number, told))
            if len(rows) > drafts.MOST_LINES:
                raise BadLine(drafts.TOO_MANY)
    except TableError as problem:
        raise Unusable(str(problem)) from problem
    return rows, chosen, header


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _choose(
    account: Account, header: Sequence[str], given: Mapping[str, str] | None
) -> dict[str, str]:
    known = SheetMap.objects.filter(account=account).first()
    for columns in (given, known.columns if known else None):
        if columns:
            fits = {f: c for f, c in columns.items() if f in FIELDS and c in header}
            if {"sku", "quantity"} <= set(fits):
                return fits
    return _columns(header)


def remember_sheet(account: Account, columns: Mapping[str, str], *, at: datetime) -> None:
    """The customer's next sheet is read the same way."""
    SheetMap.objects.update_or_create(
        account=account, defaults={"columns": dict(columns), "used_at": at}
    )


@transaction.atomic
def repeat(order: Order, *, by: User, at: datetime) -> Order:
    """A draft with the lines of an earlier order at the prices of today; what is no longer sold
    comes along too, so that the check can offer what replaces it."""
    rows = order.lines.order_by("position").values_list("product_id", "quantity")
    lines = [{"product_id": product, "quantity": quantity} for product, quantity in rows]
    address = {name: getattr(order, name) for name in drafts.DETAILS if name.startswith("ship_")}
    return drafts.create(
        order.account, lines=lines, by=by, at=at, currency=order.currency, quote=None,
        contact=order.contact, rep=order.rep, team=order.team,
        payment_terms=order.payment_terms, instructions=order.instructions, **address,
    )  # fmt: skip
