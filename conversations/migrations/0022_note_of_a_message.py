from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0021_where_labels_pointed'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='note',
            field=models.CharField(blank=True, db_default='', default='', help_text='What its user is told of how it came about.', max_length=500),
        ),
    ]
