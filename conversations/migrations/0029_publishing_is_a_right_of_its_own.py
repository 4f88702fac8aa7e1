from django.contrib.auth.management import create_permissions
from django.db import migrations

PUBLISHER = "view_systemprompt add_systemprompt change_systemprompt publish_systemprompt view_rejectedparameter"
GO_ALONG = {"prompt": "CASCADE", "base": "SET NULL", "author": "SET NULL"}


def give_the_right(apps, schema_editor):
    """Users who could change prompts published with each save, and may publish still. The ready group that has no members is for drafts now."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    ours = permissions.filter(content_type__app_label="conversations")
    publish = ours.get(codename="publish_systemprompt")
    for group in groups.filter(permissions__codename="change_systemprompt", permissions__content_type__app_label="conversations"):
        if group.name != "Prompt writer" or group.user_set.exists():
            group.permissions.add(publish)
    for user in apps.get_model("conversations", "User").objects.filter(
        user_permissions__codename="change_systemprompt", user_permissions__content_type__app_label="conversations"
    ):
        user.user_permissions.add(publish)
    publishers, is_new = groups.get_or_create(name="Prompt publisher")
    if is_new:
        publishers.permissions.set(ours.filter(codename__in=PUBLISHER.split()))


def go_along(apps, schema_editor):
    """Have the database itself delete a draft with its prompt: processes of the version before know nothing of drafts."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    model = apps.get_model("conversations", "PromptDraft")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    for reference, action in GO_ALONG.items():
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

    dependencies = [("auth", "0012_alter_user_first_name_max_length"), ("conversations", "0028_drafts_of_prompts")]
    operations = [
        migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
