"""Whether a model makes pictures: where this is empty, its name says so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0076_tokens_of_reservations'),
    ]

    operations = [
        migrations.AddField(
            model_name='model',
            name='draws',
            field=models.BooleanField(blank=True, help_text='Makes pictures, through the Images API.', null=True, verbose_name='draws'),
        ),
    ]
