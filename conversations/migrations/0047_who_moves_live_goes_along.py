from django.db import migrations

TABLES = {"SystemPrompt_live_users": ("systemprompt", "user"), "SystemPrompt_live_groups": ("systemprompt", "group")}


def go_along(apps, schema_editor):
    """Have the database itself delete these with prompt, user and group: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, references in TABLES.items():
        model = apps.get_model("conversations", name)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for field in map(model._meta.get_field, references):
            for constraint, found in constraints.items():
                if found["foreign_key"] and found["columns"] == [field.column]:
                    schema_editor.execute(
                        f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                        f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
                    )


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0046_who_moves_live")]
    operations = [migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False)]
