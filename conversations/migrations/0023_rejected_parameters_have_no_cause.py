from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0022_note_of_a_message'),
    ]

    operations = [
        migrations.AlterField(
            model_name='rejectedparameter',
            name='cause',
            field=models.TextField(blank=True, db_default='', editable=False),
        ),
        # The column stays in the table for now: processes of the version before write it while this one starts.
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(model_name='rejectedparameter', name='cause')]),
    ]
