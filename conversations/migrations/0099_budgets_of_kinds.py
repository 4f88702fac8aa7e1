"""Limits may be for one kind alone, in units of its own, which counters and what is held back have, too."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('conversations', '0098_widgets_take_pictures_and_have_days'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='limit',
            name='one_limit_for_everyone',
        ),
        migrations.RemoveConstraint(
            model_name='limit',
            name='one_limit_per_group',
        ),
        migrations.RemoveConstraint(
            model_name='limit',
            name='one_limit_per_person',
        ),
        migrations.RemoveConstraint(
            model_name='limit',
            name='a_limit_limits_something',
        ),
        migrations.AddField(
            model_name='limit',
            name='kind',
            field=models.CharField(blank=True, choices=[('text', 'Text'), ('files', 'Text with files'), ('pictures', 'Pictures'), ('audio', 'Audio'), ('embeddings', 'Embeddings')], db_default='', default='', help_text='Empty: everything together. Audio is what is transcribed, read aloud and talked.', max_length=12, verbose_name='only for'),
        ),
        migrations.AddField(
            model_name='limit',
            name='monthly_units',
            field=models.PositiveIntegerField(blank=True, help_text='A month: pictures that are made, minutes of audio that are heard or made, files that answers are given.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='pictures, minutes or files'),
        ),
        migrations.AddField(
            model_name='reservation',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('files', 'Text with files'), ('pictures', 'Pictures'), ('transcripts', 'Transcripts'), ('speech', 'Speech'), ('talk', 'Speech to speech'), ('embeddings', 'Embeddings')], db_default='text', default='text', max_length=12),
        ),
        migrations.AddField(
            model_name='reservation',
            name='model',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='reservation',
            name='units',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='spending',
            name='reserved_units',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='spending',
            name='spent_units',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.UniqueConstraint(condition=models.Q(('group', None), ('person', None)), fields=('counting', 'kind'), name='one_limit_for_everyone', violation_error_message='There is such a limit already. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.UniqueConstraint(condition=models.Q(('person', None)), fields=('group', 'counting', 'kind'), name='one_limit_per_group', violation_error_message='There is such a limit already. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='one_limit_per_person', violation_error_message='There is such a limit already. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('messages_per_minute__isnull', False), ('concurrent_replies__isnull', False), ('monthly_cost__isnull', False), ('monthly_tokens__isnull', False), ('monthly_units__isnull', False), ('storage_mb__isnull', False), _connector='OR'), name='a_limit_limits_something'),
        ),
    ]
