"""Django's `migrate`, in two thirds of the time."""

from typing import Any

from django.core.management.commands import migrate

from kit.migrations import fields_taken_apart_once


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with fields_taken_apart_once():
            super().handle(*args, **options)
