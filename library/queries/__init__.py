"""Reads of the library."""

from library.queries.files import holds_file
from library.queries.finding import Filters, Line, choices, page
from library.queries.shares import Looked, ShareLine, looked_at, share_lines, shares_page, visits
from library.queries.subjects import thread_subject
from library.queries.suggesting import Suggested, context_of, suggest, suggest_for
from library.queries.usage import Uses, VersionLine, uses_of, versions_of, won_with

__all__ = [
    "Filters", "Line", "Looked", "ShareLine", "Suggested", "Uses", "VersionLine", "choices",
    "context_of", "holds_file", "looked_at", "page", "share_lines", "shares_page", "suggest",
    "suggest_for", "thread_subject", "uses_of", "versions_of", "visits", "won_with",
]  # fmt: skip
