"""The database itself moves a meter's totals, with each entry and only then. HANDWRITTEN"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION subsidies_meters_follow_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE subsidies_meter m
    SET reserved = m.reserved + s.reserved, granted = m.granted + s.granted
    FROM (
        SELECT meter_id,
            sum(CASE kind WHEN 'reserve' THEN amount WHEN 'release' THEN -amount WHEN 'grant' THEN -amount ELSE 0 END)
                AS reserved,
            sum(CASE kind WHEN 'grant' THEN amount WHEN 'take_back' THEN -amount ELSE 0 END) AS granted
        FROM new_entries GROUP BY meter_id
    ) AS s
    WHERE m.id = s.meter_id;
    RETURN NULL;
END $$;

CREATE TRIGGER meters_follow_their_entries
AFTER INSERT ON subsidies_meterentry
REFERENCING NEW TABLE AS new_entries
FOR EACH STATEMENT EXECUTE FUNCTION subsidies_meters_follow_entries();
"""

BACKWARD = """
DROP TRIGGER meters_follow_their_entries ON subsidies_meterentry;
DROP FUNCTION subsidies_meters_follow_entries();
"""


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0001_calls_applications_meters_awards")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
