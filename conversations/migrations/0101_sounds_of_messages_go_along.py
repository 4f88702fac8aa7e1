from importlib import import_module

from django.db import migrations

cascading = import_module("conversations.migrations.0064_files_and_attachments_go_along").cascading


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0100_sounds_go_with_their_messages")]
    operations = [migrations.RunPython(cascading(("SoundUse", "message")), migrations.RunPython.noop, elidable=False)]
