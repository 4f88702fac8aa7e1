from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations

READY = import_module("conversations.migrations.0029_publishing_is_a_right_of_its_own").PUBLISHER
GO_ALONG = {"PromptApproval": ("prompt", "by"), "PromptDraft_writers": ("promptdraft", "user")}


def give_the_right(apps, schema_editor):
    """To the ready group, where it is as it was made: one that was changed is its site's own."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    group = groups.filter(name="Prompt publisher").first()
    if group and set(group.permissions.values_list("codename", flat=True)) == set(READY.split()):
        group.permissions.add(permissions.get(content_type__app_label="conversations", codename="approve_systemprompt"))


def go_along(apps, schema_editor):
    """Have the database itself delete these with their prompt and user: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, references in GO_ALONG.items():
        model = apps.get_model("conversations", name)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for reference in references:
            field = model._meta.get_field(reference)
            for constraint, found in constraints.items():
                if found["foreign_key"] and found["columns"] == [field.column]:
                    schema_editor.execute(
                        f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                        f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
                    )


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0030_approvals_of_drafts")]
    operations = [
        migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
