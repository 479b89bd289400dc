from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0011_activities_are_found_and_ordered")]

    operations = [
        migrations.AlterField(
            model_name="recordview",
            name="kind",
            field=models.CharField(
                choices=[
                    ("account", "Accounts"),
                    ("contact", "Contacts"),
                    ("lead", "Leads"),
                    ("deal", "Deals"),
                    ("activity", "Activities"),
                ],
                max_length=8,
            ),
        ),
    ]
