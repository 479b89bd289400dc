"""Reads that span reports, their parts and what those say."""
