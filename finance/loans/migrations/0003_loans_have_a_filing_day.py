from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_links_of_loans_terms_returns")]

    operations = [
        migrations.AddField(model_name="loan", name="filed_on", field=models.DateField(null=True)),
    ]
