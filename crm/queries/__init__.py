"""Reads of the records."""

from crm.queries.records import finished, thread_subject, variables

__all__ = ["finished", "thread_subject", "variables"]
