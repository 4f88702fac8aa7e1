from django.db import migrations


def cascading(*references):
    """Have the database itself delete rows of these models with what they refer to: processes of the version before know nothing of them.
    What was stored of them is swept."""

    def go_along(apps, schema_editor):
        connection = schema_editor.connection
        if connection.vendor != "postgresql":  # with SQLite there is one process
            return
        for name, reference in references:
            model = apps.get_model("conversations", name)
            field, table = model._meta.get_field(reference), model._meta.db_table
            with connection.cursor() as cursor:
                constraints = connection.introspection.get_constraints(cursor, table)
            for constraint, found in constraints.items():
                if found["foreign_key"] and found["columns"] == [field.column]:
                    schema_editor.execute(
                        f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                        f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
                    )

    return go_along


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0063_files_and_attachments")]
    operations = [migrations.RunPython(cascading(("File", "owner"), ("Attachment", "message")), migrations.RunPython.noop, elidable=False)]
