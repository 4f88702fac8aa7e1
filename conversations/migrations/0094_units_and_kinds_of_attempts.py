"""The ledger counts pictures, sound, characters and files beside tokens, and models may have prices of these."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0093_what_could_not_be_read_just_then'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='files',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='files read'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='for_file',
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='for_message',
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='heard_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Milliseconds of sound.', null=True, verbose_name='heard'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='input_audio_tokens',
            field=models.PositiveIntegerField(blank=True, help_text='Of the input.', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('files', 'Text with files'), ('pictures', 'Pictures'), ('transcripts', 'Transcripts'), ('speech', 'Speech'), ('talk', 'Speech to speech'), ('embeddings', 'Embeddings')], db_default='text', default='text', max_length=12),
        ),
        migrations.AddField(
            model_name='attempt',
            name='output_audio_tokens',
            field=models.PositiveIntegerField(blank=True, help_text='Of the output.', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='pages',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='pages read'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='passage_end',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='passage_start',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='picture_form',
            field=models.CharField(blank=True, db_default='', default='', help_text='Their size and quality, such as “1024x1024 high”.', max_length=40),
        ),
        migrations.AddField(
            model_name='attempt',
            name='pictures',
            field=models.PositiveSmallIntegerField(blank=True, help_text='That were made.', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='spoken_characters',
            field=models.PositiveIntegerField(blank=True, help_text='Of the text that was read aloud.', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='spoken_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Milliseconds of sound.', null=True, verbose_name='spoken'),
        ),
        migrations.AddField(
            model_name='model',
            name='audio_input_price',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='model',
            name='audio_output_price',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='model',
            name='character_price',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='model',
            name='minute_price',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='model',
            name='picture_prices',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='files',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='heard_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='input_audio',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('files', 'Text with files'), ('pictures', 'Pictures'), ('transcripts', 'Transcripts'), ('speech', 'Speech'), ('talk', 'Speech to speech'), ('embeddings', 'Embeddings')], db_default='text', default='text', max_length=12),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='output_audio',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='pages',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='pictures',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='spoken_characters',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='personalrollup',
            name='spoken_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='files',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='heard_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='input_audio',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('files', 'Text with files'), ('pictures', 'Pictures'), ('transcripts', 'Transcripts'), ('speech', 'Speech'), ('talk', 'Speech to speech'), ('embeddings', 'Embeddings')], db_default='text', default='text', max_length=12),
        ),
        migrations.AddField(
            model_name='rollup',
            name='output_audio',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='pages',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='pictures',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='spoken_characters',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='rollup',
            name='spoken_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
