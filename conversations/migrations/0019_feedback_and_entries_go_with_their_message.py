from django.db import migrations

REFERENCES = (("Feedback", "message"), ("Feedback", "user"), ("SearchEntry", "message"), ("SearchEntry", "conversation"), ("SearchEntry", "owner"))


def cascade(apps, schema_editor):
    """Have the database itself delete feedback and search entries with what they are about.

    Processes of the version before know nothing of them, and could delete no message, conversation or user while they run beside this one.
    """
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
                # What refers to nothing couldn't be there before: the scan comes apart, and doesn't keep others from writing.
                schema_editor.execute(
                    f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                    f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID"
                )
                schema_editor.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{constraint}"')


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [
        ('conversations', '0018_losses_of_a_reply'),
    ]

    operations = [
        migrations.RunPython(cascade, migrations.RunPython.noop, elidable=False),
    ]
