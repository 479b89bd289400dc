"""Reads over an event log: the map and its layout, variants, rework, hand-overs, waiting, conformance."""
