"""Which messages a kept sound is of, so that it goes with the last of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0099_budgets_of_kinds'),
    ]

    operations = [
        migrations.CreateModel(
            name='SoundUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sound', models.CharField(db_index=True, help_text='Its key. It may not be there yet, or not any more.', max_length=64)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.message')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('message', 'sound'), name='a_sound_once_per_message')],
            },
        ),
    ]
