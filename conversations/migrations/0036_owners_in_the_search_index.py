from django.db import connection, migrations

from conversations.search import index


def rebuild(apps, schema_editor):
    """Owners were words such as those of a text: others' texts could name them, and a query could ask for a part of one."""
    if connection.vendor == "sqlite":
        index.in_use().create()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('conversations', '0035_cases_and_runs_go_with_their_prompt'),
    ]

    operations = [
        migrations.RunPython(rebuild, migrations.RunPython.noop, elidable=False),
    ]
