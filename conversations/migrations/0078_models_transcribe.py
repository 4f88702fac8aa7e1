"""Which models make text of recordings, and attempts at that in the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0077_models_draw'),
    ]

    operations = [
        migrations.AddField(
            model_name='model',
            name='transcribes',
            field=models.BooleanField(blank=True, null=True, verbose_name='dictation'),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='purpose',
            field=models.CharField(choices=[('answer', 'Answer'), ('title', 'Title'), ('trial', 'Trial'), ('run', 'Run of cases'), ('judge', 'Judge'), ('audio', 'Audio')], default='answer', max_length=8),
        ),
        migrations.AlterField(
            model_name='rollup',
            name='purpose',
            field=models.CharField(choices=[('answer', 'Answer'), ('title', 'Title'), ('trial', 'Trial'), ('run', 'Run of cases'), ('judge', 'Judge'), ('audio', 'Audio')], max_length=8),
        ),
    ]
