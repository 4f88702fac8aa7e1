"""Which models make embeddings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0080_pictures_are_made"),
    ]

    operations = [
        migrations.AddField(
            model_name="model",
            name="embeds",
            field=models.BooleanField(blank=True, null=True, verbose_name="embeddings"),
        ),
    ]
