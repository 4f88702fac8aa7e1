"""Whether a model is given PDF files as they are: only where an administrator, or the provider's list, says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0070_files_are_only_seen"),
    ]

    operations = [
        migrations.AddField(
            model_name="model",
            name="takes_documents",
            field=models.BooleanField(blank=True, null=True, verbose_name="PDF files"),
        ),
    ]
