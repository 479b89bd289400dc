"""What tests of pages share."""

from datetime import timedelta

from followups.models import FollowUp


def many(template, count, now, **fields):
    """Copies of a row for other occasions."""
    rows = []
    for n in range(count):
        row = FollowUp.objects.get(pk=template.pk)
        row.pk, row.occasion, row.due_at = None, f"copy:{n}", now + n * timedelta(hours=1)
        for name, value in fields.items():
            setattr(row, name, value)
        rows.append(row)
    return FollowUp.objects.bulk_create(rows)


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()
