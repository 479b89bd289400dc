from django.db import migrations

from kit.search import CREATE_TRIGRAMS, DROP_TRIGRAMS


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(CREATE_TRIGRAMS, DROP_TRIGRAMS),
    ]
