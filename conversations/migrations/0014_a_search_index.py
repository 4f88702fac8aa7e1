from django.db import migrations

from conversations.search import index, rebuilding


def fill(apps, schema_editor):
    models = (apps.get_model("conversations", name) for name in ("Conversation", "Message", "SearchEntry"))
    rebuilding.fill(*models)
    index.in_use().create()


class Migration(migrations.Migration):
    # Many short transactions, which lock little while a large site is upgraded. What was interrupted is taken up the next time.
    atomic = False

    dependencies = [
        ('conversations', '0013_what_is_searched'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=False),
    ]
