"""How long a recording is and how far its transcript goes, and a state for those that have none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0084_widgets_go_along'),
    ]

    operations = [
        migrations.AddField(
            model_name='file',
            name='seconds',
            field=models.PositiveIntegerField(help_text='How long a recording is, where that is known.', null=True),
        ),
        migrations.AddField(
            model_name='file',
            name='transcribed_ms',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='So far its text goes while it is transcribed.'),
        ),
        migrations.AlterField(
            model_name='file',
            name='problem',
            field=models.TextField(blank=True, help_text='Why it was refused, or what is missing of it, for its owner.'),
        ),
        migrations.AlterField(
            model_name='file',
            name='state',
            field=models.CharField(choices=[('reading', 'being read'), ('ready', 'ready'), ('no_text', 'without a transcript'), ('refused', 'refused')], default='ready', max_length=10),
        ),
        migrations.AlterField(
            model_name='file',
            name='text',
            field=models.TextField(blank=True, help_text='What was read in it; of sound, its transcript.'),
        ),
    ]
