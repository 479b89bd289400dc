"""Rooms and what stands in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kit.zones import check_zone


class Room(models.Model):
    """A room (or a piece of equipment that is booked like one)."""

    name = models.CharField(max_length=80, unique=True)
    site = models.CharField(max_length=120, blank=True)
    seats = models.PositiveSmallIntegerField(default=6)
    equipment = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
