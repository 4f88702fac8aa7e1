from django.db import migrations

REFERENCES = (("Upload", "owner"), ("Upload", "file"), ("UploadPiece", "upload"))


def go_along(apps, schema_editor):
    """Have the database itself delete uploads with their owner and their file: processes of the version before know
    nothing of them. What was stored of them is swept."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, reference in REFERENCES:
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


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0065_uploads_in_pieces")]
    operations = [migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False)]
