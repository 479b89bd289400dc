"""Reads of the pipeline over time."""
