import django.db.models.deletion
from django.db import migrations, models


def count_again(apps, schema_editor):
    """Past days are rolled up again, with what is new in it. Until then reports read the ledger, which has all of it."""
    for name in ("RolledUpDay", "RollUp", "PersonalRollUp"):
        apps.get_model("conversations", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0051_running_experiments_is_a_right_of_its_own")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="copied",
            field=models.BooleanField(editable=False, help_text="Its user copied it.", null=True),
        ),
        migrations.AddField(model_name="rollup", name="answer_cost", field=models.JSONField(db_default={}, default=dict)),
        migrations.AddField(model_name="rollup", name="duration", field=models.JSONField(db_default={}, default=dict)),
        migrations.AddField(model_name="rolledupday", name="has_signs", field=models.BooleanField(db_default=False, default=False)),
        migrations.CreateModel(
            name="SignRollUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(db_index=True)),
                ("answers", models.BigIntegerField()),
                ("regenerated", models.BigIntegerField()),
                ("edited", models.BigIntegerField()),
                ("stopped", models.BigIntegerField()),
                ("continued", models.BigIntegerField()),
                ("copied", models.BigIntegerField()),
                (
                    "prompt_version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.promptversion",
                    ),
                ),
            ],
        ),
        migrations.RunPython(count_again, migrations.RunPython.noop),
    ]
