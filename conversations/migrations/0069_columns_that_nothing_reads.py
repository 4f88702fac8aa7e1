from django.db import migrations

COLUMNS = (("Message", "feedback"), ("RejectedParameter", "cause"))


def drop(apps, schema_editor):
    """Drop what stayed in its table for processes of an earlier version (0012, 0023).

    With SQLite a later migration may have made the table without it.
    """
    connection = schema_editor.connection
    for name, column in COLUMNS:
        table = apps.get_model("conversations", name)._meta.db_table
        with connection.cursor() as cursor:
            present = {found.name for found in connection.introspection.get_table_description(cursor, table)}
        if column in present:
            schema_editor.execute(f"ALTER TABLE {schema_editor.quote_name(table)} DROP COLUMN {schema_editor.quote_name(column)}")


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0068_storage_of_users'),
    ]

    operations = [
        migrations.RunPython(drop, migrations.RunPython.noop, elidable=False),
    ]
