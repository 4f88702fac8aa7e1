"""Which models hear recordings as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0088_widgets_hand_over'),
    ]

    operations = [
        migrations.AddField(
            model_name='model',
            name='hears',
            field=models.BooleanField(blank=True, null=True, verbose_name='hears'),
        ),
    ]
