from django.contrib.auth.management import create_permissions
from django.db import migrations

READY = {
    "Prompt writer": "view_systemprompt add_systemprompt change_systemprompt view_rejectedparameter",
    "Support": "view_user view_conversation view_message view_attempt view_limit view_grant add_grant view_invitation",
    "Reader of reports": "view_attempt",
    "Operator": (
        "view_provider add_provider change_provider delete_provider view_model add_model change_model delete_model "
        "view_apikey add_apikey change_apikey delete_apikey view_attempt view_rejectedparameter delete_rejectedparameter"
    ),
}


def make_groups(apps, schema_editor):
    """A group with one of these names is its site's own, and stays as it is."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    for name, codenames in READY.items():
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            group.permissions.set(permissions.filter(content_type__app_label="conversations", codename__in=codenames.split()))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("conversations", "0015_causes_go_with_what_they_quote"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
