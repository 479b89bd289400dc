"""Doors of conversations and of mail that leaves."""
