from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("acts", "0002_links_of_acts_and_seals")]

    operations = [
        migrations.AddField(model_name="seal", name="leaves", field=models.BinaryField(default=b"")),
    ]
