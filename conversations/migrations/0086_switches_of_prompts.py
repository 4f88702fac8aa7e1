"""One list of what is switched off with a prompt takes the place of a column for each: the one for pictures stays for earlier processes."""

from django.db import migrations, models


def put_pictures_into_the_list(apps, schema_editor):
    apps.get_model("conversations", "SystemPrompt").objects.filter(pictures=False).update(switched_off=["pictures"])


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0085_recordings_are_transcribed'),
    ]

    operations = [
        migrations.AddField(
            model_name='systemprompt',
            name='switched_off',
            field=models.JSONField(blank=True, db_default=[], default=list, help_text='Names of what can’t be done in conversations with it.'),
        ),
        migrations.RunPython(put_pictures_into_the_list, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(model_name='systemprompt', name='pictures')]),
    ]
