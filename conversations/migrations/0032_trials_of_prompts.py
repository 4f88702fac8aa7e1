from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

READY = import_module("conversations.migrations.0016_ready_groups").READY
PUBLISHER = import_module("conversations.migrations.0029_publishing_is_a_right_of_its_own").PUBLISHER
AS_MADE = {"Prompt writer": READY["Prompt writer"], "Prompt publisher": f"{PUBLISHER} approve_systemprompt"}
PURPOSES = [("answer", "Answer"), ("title", "Title"), ("trial", "Trial")]


def give_the_right(apps, schema_editor):
    """To the ready groups, where they are as they were made: one that was changed is its site's own."""
    ours = apps.get_app_config("conversations")
    ours.models_module = True  # Django makes the permissions after the last migration, and only of applications that have models
    create_permissions(ours, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    ours.models_module = None
    groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    evaluate = permissions.get(content_type__app_label="conversations", codename="evaluate_systemprompt")
    for name, codenames in AS_MADE.items():
        group = groups.filter(name=name).first()
        if group and set(group.permissions.values_list("codename", flat=True)) == set(codenames.split()):
            group.permissions.add(evaluate)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0031_approving_is_a_right_of_its_own")]
    operations = [
        migrations.AlterModelOptions(
            name="systemprompt",
            options={
                "ordering": ["name"],
                "permissions": [
                    ("publish_systemprompt", "Can publish system prompts and move their labels"),
                    ("approve_systemprompt", "Can approve drafts of system prompts"),
                    ("evaluate_systemprompt", "Can try system prompts and evaluate them"),
                ],
            },
        ),
        migrations.AlterField(
            model_name="attempt", name="purpose", field=models.CharField(choices=PURPOSES, default="answer", max_length=8)
        ),
        migrations.AlterField(model_name="rollup", name="purpose", field=models.CharField(choices=PURPOSES, max_length=8)),
        migrations.AlterField(
            model_name="limit",
            name="counting",
            field=models.CharField(
                choices=[
                    ("each", "Each user separately"),
                    ("together", "All of them together"),
                    ("trials", "Trials of prompts, which count for no user"),
                ],
                default="each",
                max_length=8,
                verbose_name="applies to",
            ),
        ),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
