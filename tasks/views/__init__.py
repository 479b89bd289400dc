"""Doors of tasks: lists, one task, an object's slot, playbooks."""
