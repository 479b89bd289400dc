from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comms", "0008_message_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="content_id",
            field=models.SlugField(
                blank=True,
                db_default="",
                db_index=False,
                help_text="A picture inside the text of its message: ![](cid:plan).",
                max_length=60,
            ),
        ),
    ]
