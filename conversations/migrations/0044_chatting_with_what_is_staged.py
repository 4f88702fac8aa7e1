from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

AS_MADE = {
    name: f"{codenames} evaluate_systemprompt"
    for name, codenames in import_module("conversations.migrations.0032_trials_of_prompts").AS_MADE.items()
}
PERMISSIONS = [
    ("publish_systemprompt", "Can publish system prompts and move their labels"),
    ("approve_systemprompt", "Can approve drafts of system prompts"),
    ("evaluate_systemprompt", "Can try system prompts and evaluate them"),
    ("stage_systemprompt", "Can chat with versions labelled staging"),
]


def give_the_right(apps, schema_editor):
    """To the ready groups, where they are as they were made: those that were changed are their site's own."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    for name, codenames in AS_MADE.items():
        group = groups.filter(name=name).first()
        if group and set(group.permissions.values_list("codename", flat=True)) == set(codenames.split()):
            group.permissions.add(permissions.get(content_type__app_label="conversations", codename="stage_systemprompt"))


class Migration(migrations.Migration):
    dependencies = [("conversations", "0043_typographic_apostrophes")]
    operations = [
        migrations.AlterModelOptions(name="systemprompt", options={"ordering": ["name"], "permissions": PERMISSIONS}),
        migrations.AddField(
            model_name="conversation",
            name="prompt_label",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Which of the prompt’s versions answers; empty: live.", max_length=36
            ),
        ),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
