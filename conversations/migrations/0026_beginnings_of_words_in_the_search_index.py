from django.db import connection, migrations

from conversations.search import index


def rebuild(apps, schema_editor):
    if connection.vendor == "sqlite":
        index.in_use().create()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('conversations', '0025_jobs'),
    ]

    operations = [
        migrations.RunPython(rebuild, migrations.RunPython.noop, elidable=False),
    ]
