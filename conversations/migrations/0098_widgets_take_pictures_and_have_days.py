"""Of a widget: the label of the version that answers, whether visitors send pictures, and budgets of a day."""

import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0097_sounds_are_claimed'),
    ]

    operations = [
        migrations.AddField(
            model_name='widget',
            name='daily_cost',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='US dollars. When it is used up, no answer begins before midnight. Empty: the month’s budget alone counts.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='budget of all visitors a day'),
        ),
        migrations.AddField(
            model_name='widget',
            name='prompt_label',
            field=models.CharField(blank=True, db_default='', default='', help_text='A label of the assistant’s versions, such as staging; empty: the live version. Where there is no such label any more, the live version answers.', max_length=36, verbose_name='version'),
        ),
        migrations.AddField(
            model_name='widget',
            name='takes_pictures',
            field=models.BooleanField(db_default=False, default=False, help_text='Where the assistant’s model sees: up to three with a message, made smaller in the visitor’s browser. They are kept and deleted with the conversation.', verbose_name='visitors may send pictures'),
        ),
        migrations.AddField(
            model_name='widget',
            name='visitor_daily_cost',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='US dollars, of one visitor. Empty: none of their own.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='budget of each visitor a day'),
        ),
        migrations.AlterField(
            model_name='widget',
            name='visitors_are',
            field=models.CharField(choices=[('anonymous', 'All visitors of the sites below'), ('signed', 'Users of the sites below, whom their server signs in with a token')], default='anonymous', max_length=9, verbose_name='visitors'),
        ),
    ]
