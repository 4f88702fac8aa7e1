"""What pictures that models make need: the file as it came, a switch for each prompt, and a purpose in the ledger."""

import conversations.models.files
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0079_purpose_of_what_programs_ask'),
    ]

    operations = [
        migrations.AddField(
            model_name='file',
            name='original',
            field=models.FileField(blank=True, db_default='', default='', help_text='Of a picture that a model made: as it came, with what it says of its origin (content credentials).', storage=conversations.models.files.files_storage, upload_to=conversations.models.files.random_name),
        ),
        migrations.AddField(
            model_name='file',
            name='original_type',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='systemprompt',
            name='pictures',
            field=models.BooleanField(db_default=True, default=True, help_text='In conversations with it, where a model makes pictures.', verbose_name='pictures may be made'),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='purpose',
            field=models.CharField(choices=[('answer', 'Answer'), ('title', 'Title'), ('trial', 'Trial'), ('run', 'Run of cases'), ('judge', 'Judge'), ('image', 'Picture'), ('audio', 'Audio'), ('api', 'API')], default='answer', max_length=8),
        ),
        migrations.AlterField(
            model_name='file',
            name='size',
            field=models.PositiveBigIntegerField(help_text='Bytes of its content, and of a picture as it came.'),
        ),
        migrations.AlterField(
            model_name='rollup',
            name='purpose',
            field=models.CharField(choices=[('answer', 'Answer'), ('title', 'Title'), ('trial', 'Trial'), ('run', 'Run of cases'), ('judge', 'Judge'), ('image', 'Picture'), ('audio', 'Audio'), ('api', 'API')], max_length=8),
        ),
    ]
