from importlib import import_module

from django.db import migrations

cascading = import_module("conversations.migrations.0064_files_and_attachments_go_along").cascading


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0065_uploads_in_pieces")]
    operations = [
        migrations.RunPython(
            cascading(("Upload", "owner"), ("Upload", "file"), ("UploadPiece", "upload")), migrations.RunPython.noop, elidable=False
        )
    ]
