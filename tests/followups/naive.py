"""What one would write first: send, then mark. The negative control of the kill test."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordinator.settings")


def main():
    django.setup()
    from django.utils import timezone

    from comms.mail import message_of
    from comms.models import Delivery

    for row in Delivery.objects.filter(status="pending").order_by("pk"):
        message_of(row).send()
        Delivery.objects.filter(pk=row.pk).update(status="sent", sent_at=timezone.now())


if __name__ == "__main__":
    main()
