"""Tables in and out: csv, tsv, gz, xlsx, xls and ods in; csv and xlsx out."""

from kit.tables.read import read
from kit.tables.source import Dialect, Row, Table, TableError

__all__ = ["Dialect", "Row", "Table", "TableError", "read"]
