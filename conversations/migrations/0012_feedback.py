from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import conversations.models.identifiers

ROWS_AT_ONCE = 1000


def move(apps, schema_editor):
    message, feedback = apps.get_model("conversations", "Message"), apps.get_model("conversations", "Feedback")
    given = message.objects.exclude(feedback=None).exclude(feedback=0).order_by("id").values_list("pk", "owner_id", "feedback")
    rows = iter(given.iterator(chunk_size=ROWS_AT_ONCE))
    while some := list(islice(rows, ROWS_AT_ONCE)):
        feedback.objects.bulk_create(
            feedback(message_id=pk, user_id=owner, thumb="up" if value > 0 else "down") for pk, owner, value in some
        )


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0011_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.UUIDField(default=conversations.models.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('thumb', models.CharField(choices=[('up', 'Thumbs up'), ('down', 'Thumbs down')], max_length=4)),
                ('tags', models.JSONField(blank=True, default=list)),
                ('words', models.TextField(blank=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('updated', models.DateTimeField(auto_now=True)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.message')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'feedback',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('message', 'user'), name='one_feedback_per_message_and_user')],
            },
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        # The column stays in the table for now: processes of the version before read it while this one starts.
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(model_name='message', name='feedback')]),
        migrations.AlterField(
            model_name='feedback',
            name='message',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='conversations.message'),
        ),
    ]
