import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0023_rejected_parameters_have_no_cause'),
    ]

    operations = [
        migrations.AlterModelOptions(name='rejectedparameter', options={'ordering': ['-created'], 'verbose_name': 'refused parameter'}),
        migrations.AlterField(
            model_name='conversation',
            name='title_source',
            field=models.CharField(choices=[('words', 'First words of the question'), ('model', 'Suggested by the model'), ('person', 'Written by the user')], default='words', max_length=10),
        ),
        migrations.AlterField(
            model_name='grant',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AlterField(
            model_name='limit',
            name='concurrent_replies',
            field=models.PositiveIntegerField(blank=True, help_text='How many may be written at the same time.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='answers at once'),
        ),
        migrations.AlterField(
            model_name='limit',
            name='counting',
            field=models.CharField(choices=[('each', 'Each user separately'), ('together', 'All of them together')], default='each', max_length=8, verbose_name='applies to'),
        ),
        migrations.AlterField(
            model_name='limit',
            name='messages_per_minute',
            field=models.PositiveIntegerField(blank=True, help_text='Up to this many in a burst, and per minute on average.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='messages a minute'),
        ),
        migrations.AlterField(
            model_name='limit',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='limits', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AlterField(
            model_name='model',
            name='hidden',
            field=models.BooleanField(default=False, help_text="Prompts may use it; users can't choose it."),
        ),
        migrations.AlterField(
            model_name='model',
            name='name',
            field=models.CharField(help_text='As prompts and users call it.', max_length=200),
        ),
        migrations.AlterField(
            model_name='model',
            name='window',
            field=models.PositiveIntegerField(blank=True, help_text='Tokens for question and answer together. Empty: as far as is known.', null=True, verbose_name='context window'),
        ),
        migrations.AlterField(
            model_name='systemprompt',
            name='description',
            field=models.CharField(blank=True, help_text='One line that helps users choose.', max_length=200),
        ),
    ]
