from django.db import migrations

CASCADE, SET_NULL = "CASCADE", "SET NULL"
REFERENCES = {
    "ApiToken": {"user": CASCADE, "made_by": SET_NULL},
    "ApiToken_prompts": {"apitoken": CASCADE, "systemprompt": CASCADE},
}


def go_along(apps, schema_editor):
    """Have the database itself delete these with user and prompt: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, references in REFERENCES.items():
        model = apps.get_model("conversations", name)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for reference, action in references.items():
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

    dependencies = [("conversations", "0074_api_tokens")]
    operations = [migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False)]
