from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Prompt publisher"
AS_MADE = f"{import_module('conversations.migrations.0044_chatting_with_what_is_staged').AS_MADE[GROUP]} stage_systemprompt"
GO_ALONG = {
    "Experiment": {
        **{"prompt": "CASCADE", "live": "CASCADE", "candidate": "CASCADE"},
        **{"started_by": "SET NULL", "ended_by": "SET NULL", "job": "SET NULL"},
    },
    "Conversation": {"experiment": "SET NULL"},
    "SystemPrompt": {"experiment": "SET NULL"},
}


def go_along(apps, schema_editor):
    """Have the database itself delete these with prompt and version: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, references in GO_ALONG.items():
        model = apps.get_model("conversations", name)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for reference, action in references.items():
            field = model._meta.get_field(reference)
            for constraint, found in constraints.items():
                if found["foreign_key"] and found["columns"] == [field.column]:
                    # There are no rows yet that refer to any: the look at all of them comes apart, and doesn't keep others from writing.
                    schema_editor.execute(
                        f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                        f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE {action} DEFERRABLE INITIALLY DEFERRED NOT VALID"
                    )
                    schema_editor.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{constraint}"')


def give_the_right(apps, schema_editor):
    """To the ready group, where it is as it was made: one that was changed is its site's own."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    group = groups.filter(name=GROUP).first()
    if group and set(group.permissions.values_list("codename", flat=True)) == set(AS_MADE.split()):
        group.permissions.add(permissions.get(content_type__app_label="conversations", codename="experiment_systemprompt"))


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0050_experiments")]
    operations = [
        migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
