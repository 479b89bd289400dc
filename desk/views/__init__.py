"""Doors of the desk: the queue, a request, its making, hand-offs."""
