from importlib import import_module

from django.db import migrations

cascading = import_module("conversations.migrations.0064_files_and_attachments_go_along").cascading


def outlive_prompts(apps, schema_editor):
    """Have the database itself take the assistant from widgets: processes of the version before delete prompts without knowing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    table, prompts = (apps.get_model("conversations", name)._meta.db_table for name in ("Widget", "SystemPrompt"))
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    for constraint, found in constraints.items():
        if found["foreign_key"] and found["columns"] == ["prompt_id"]:
            schema_editor.execute(
                f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY (prompt_id) '
                f"REFERENCES {prompts} (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"
            )


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0083_widgets")]
    operations = [
        migrations.RunPython(cascading(("Visitor", "widget"), ("Visitor", "user")), migrations.RunPython.noop, elidable=False),
        migrations.RunPython(outlive_prompts, migrations.RunPython.noop, elidable=False),
    ]
