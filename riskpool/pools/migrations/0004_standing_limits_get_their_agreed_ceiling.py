"""Each limit that stands gets the agreed ceiling that it was set by, in force from the beginning of what it bounds."""

from django.db import migrations

FORWARD = """
INSERT INTO pools_ceiling (scope, pool_id, agreement_id, year, amount, amount_currency, basis, in_force_from)
SELECT l.scope, l.pool_id, l.agreement_id, l.year, l.ceiling, l.ceiling_currency, l.basis,
    coalesce(make_date(l.year, 1, 1), lower(a.validity), p.opened_on)
FROM pools_limit l JOIN pools_pool p ON p.id = l.pool_id LEFT JOIN pools_agreement a ON a.id = l.agreement_id
ORDER BY l.id;
UPDATE pools_limit l SET agreed_id = c.id FROM pools_ceiling c
WHERE c.scope = l.scope AND c.pool_id = l.pool_id AND c.agreement_id IS NOT DISTINCT FROM l.agreement_id
    AND c.year IS NOT DISTINCT FROM l.year;
"""


class Migration(migrations.Migration):
    dependencies = [("pools", "0003_limits_at_every_scope_facts_and_breakers")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
