"""Doors of forecasts: what may break, what it was worth, what if."""
