"""Loans recorded before they had a filing day were filed on the day, in Shanghai, on which they were recorded."""

from django.db import migrations, models

FROM_THE_RECORD = (
    "UPDATE loans_loan SET filed_on = (recorded_at AT TIME ZONE 'Asia/Shanghai')::date WHERE filed_on IS NULL"
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0003_loans_have_a_filing_day")]

    operations = [
        migrations.RunSQL(FROM_THE_RECORD, migrations.RunSQL.noop),
        migrations.AlterField(model_name="loan", name="filed_on", field=models.DateField()),
    ]
