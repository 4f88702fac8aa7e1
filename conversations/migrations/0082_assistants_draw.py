"""Whether an assistant draws amid its answers, and whether a model can: where that is empty, its name says so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0081_models_embed'),
    ]

    operations = [
        migrations.AddField(
            model_name='model',
            name='draws_in_answers',
            field=models.BooleanField(blank=True, help_text='Makes pictures amid an answer, by the tool of the Responses API.', null=True, verbose_name='draws in answers'),
        ),
        migrations.AddField(
            model_name='systemprompt',
            name='draws',
            field=models.BooleanField(db_default=False, default=False, help_text='When a user asks for a picture in words, and its model can draw in answers.', verbose_name='the assistant draws'),
        ),
    ]
