"""Drops the column that stayed in its table for processes of an earlier version (0086)."""

from django.db import migrations


def drop(apps, schema_editor):
    """With SQLite a later migration may have made the table without it."""
    connection = schema_editor.connection
    table = apps.get_model("conversations", "SystemPrompt")._meta.db_table
    with connection.cursor() as cursor:
        present = {found.name for found in connection.introspection.get_table_description(cursor, table)}
    if "pictures" in present:
        schema_editor.execute(f"ALTER TABLE {schema_editor.quote_name(table)} DROP COLUMN pictures")


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0091_files_sent_by_address'),
    ]

    operations = [
        migrations.RunPython(drop, migrations.RunPython.noop, elidable=False),
    ]
