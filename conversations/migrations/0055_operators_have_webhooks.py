from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations

READY = import_module("conversations.migrations.0016_ready_groups").READY
LATER = {"view_job", "change_job", "add_job"}
GIVEN = ["view_webhook", "add_webhook", "change_webhook", "delete_webhook"]


def give(apps, schema_editor):
    """Where the group is as it was made: one that was changed is its site's own."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    group = groups.filter(name="Operator").first()
    if group and set(group.permissions.values_list("codename", flat=True)) == set(READY["Operator"].split()) | LATER:
        group.permissions.add(*permissions.filter(content_type__app_label="conversations", codename__in=GIVEN))


class Migration(migrations.Migration):
    dependencies = [("conversations", "0054_webhooks")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
