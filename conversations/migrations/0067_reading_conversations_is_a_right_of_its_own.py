from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Support"


def give_the_right(apps, schema_editor):
    """To the ready group of a new site. Where there are users already, who reads their conversations is not changed by an update."""
    if apps.get_model("conversations", "User").objects.exists():
        return
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    right = apps.get_model("auth", "Permission").objects.get(content_type__app_label="conversations", codename="read_conversation")
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0066_uploads_in_pieces_go_along")]
    operations = [
        migrations.AlterModelOptions(
            name="conversation",
            options={"ordering": ["-updated"], "permissions": [("read_conversation", "Can read conversations of other users")]},
        ),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
