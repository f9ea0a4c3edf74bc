"""The bureau of each result entered before; the guards of an append-only table stand aside for this one statement."""

from django.db import migrations

FILL = """
ALTER TABLE subsidies_paymentresult DISABLE TRIGGER USER;
UPDATE subsidies_paymentresult r SET bureau_id = c.bureau_id
    FROM subsidies_awardpayment p
    JOIN subsidies_paymentfile f ON f.id = p.file_id JOIN subsidies_subsidycall c ON c.id = f.call_id
    WHERE p.id = r.payment_id AND r.bureau_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE subsidies_paymentresult ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0005_statements_of_the_paying_bank")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
