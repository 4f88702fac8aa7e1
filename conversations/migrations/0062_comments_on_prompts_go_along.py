from django.db import migrations

TABLE = "PromptComment"
REFERENCES = {
    "prompt": "CASCADE",
    "version": "CASCADE",
    "draft": "CASCADE",
    "answered": "CASCADE",
    "author": "SET NULL",
    "resolved_by": "SET NULL",
}


def go_along(apps, schema_editor):
    """Have the database itself delete these with prompt, version and draft: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    model = apps.get_model("conversations", TABLE)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    for reference, action in REFERENCES.items():
        field = model._meta.get_field(reference)
        for constraint, found in constraints.items():
            if found["foreign_key"] and found["columns"] == [field.column]:
                schema_editor.execute(
                    f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                    f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"
                )


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0061_comments_on_prompts")]
    operations = [migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False)]
