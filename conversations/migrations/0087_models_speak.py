"""Which models read aloud, and what they read, kept."""


import conversations.models.files
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0086_switches_of_prompts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sound',
            fields=[
                ('key', models.CharField(help_text='SHA-256 of the text and of how it is said.', max_length=64, primary_key=True, serialize=False)),
                ('content', models.FileField(storage=conversations.models.files.files_storage, upload_to=conversations.models.files.random_name)),
                ('content_type', models.CharField(max_length=40)),
                ('size', models.PositiveIntegerField(help_text='Bytes.')),
                ('heard', models.DateTimeField(db_index=True, default=django.utils.timezone.now, help_text='When it was last listened to, give or take a day.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='model',
            name='speaks',
            field=models.BooleanField(blank=True, null=True, verbose_name='reading aloud'),
        ),
    ]
