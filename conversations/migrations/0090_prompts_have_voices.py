"""In which voice an assistant’s answers are read aloud."""


import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0089_models_hear'),
    ]

    operations = [
        migrations.AddField(
            model_name='systemprompt',
            name='voice',
            field=models.CharField(blank=True, db_default='', default='', help_text='In which a model reads its answers aloud, as the provider calls it. Empty: the site’s.', max_length=80),
        ),
        migrations.AddField(
            model_name='systemprompt',
            name='voice_instructions',
            field=models.CharField(blank=True, db_default='', default='', help_text='In words, for models that take some, such as: slowly, and in good spirits. Empty: as the site’s.', max_length=1000, verbose_name='how it speaks'),
        ),
        migrations.AddField(
            model_name='systemprompt',
            name='voice_speed',
            field=models.FloatField(blank=True, help_text='From 0.25 to 4; 1 is ordinary. Empty: the site’s.', null=True, validators=[django.core.validators.MinValueValidator(0.25), django.core.validators.MaxValueValidator(4)], verbose_name='speed'),
        ),
    ]
