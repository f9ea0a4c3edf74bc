"""The database itself moves the totals of facilities, members and draws, with each act, draw and release. HANDWRITTEN"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION facilities_follow_acts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE facilities_facility f
    SET total = NEW.total, closed_on = CASE NEW.kind WHEN 'closed' THEN NEW."on" ELSE f.closed_on END
    WHERE f.id = NEW.facility_id AND f.closed_on IS NULL
        AND CASE NEW.kind WHEN 'opened' THEN f.total = 0 WHEN 'raised' THEN NEW.total > f.total ELSE NEW.total = f.total END;
    IF NOT FOUND THEN
        RAISE EXCEPTION '集体授信已关闭，或总额与登记不符' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER facilities_follow_their_acts AFTER INSERT ON facilities_facilityact
FOR EACH ROW EXECUTE FUNCTION facilities_follow_acts();

CREATE FUNCTION facilities_members_follow_acts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE facilities_facilitymember m
    SET "limit" = COALESCE(NEW."limit", m."limit"), state = CASE NEW.kind WHEN 'granted' THEN 'active' ELSE 'suspended' END
    WHERE m.id = NEW.member_id;
    RETURN NULL;
END $$;

CREATE TRIGGER members_follow_their_acts AFTER INSERT ON facilities_memberact
FOR EACH ROW EXECUTE FUNCTION facilities_members_follow_acts();

CREATE FUNCTION facilities_follow_draws() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE facilities_facility SET drawn = drawn + NEW.amount WHERE id = NEW.facility_id;
    UPDATE facilities_facilitymember SET drawn = drawn + NEW.amount WHERE id = NEW.member_id;
    RETURN NULL;
END $$;

CREATE TRIGGER totals_follow_draws AFTER INSERT ON facilities_draw
FOR EACH ROW EXECUTE FUNCTION facilities_follow_draws();

CREATE FUNCTION facilities_follow_releases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    drawn_row facilities_draw;
BEGIN
    SELECT * INTO STRICT drawn_row FROM facilities_draw WHERE id = NEW.draw_id;
    UPDATE facilities_facility SET drawn = drawn - NEW.amount WHERE id = drawn_row.facility_id;
    UPDATE facilities_facilitymember SET drawn = drawn - NEW.amount WHERE id = drawn_row.member_id;
    UPDATE facilities_draw SET released = released + NEW.amount WHERE id = NEW.draw_id;
    RETURN NULL;
END $$;

CREATE TRIGGER totals_follow_releases AFTER INSERT ON facilities_release
FOR EACH ROW EXECUTE FUNCTION facilities_follow_releases();
"""

BACKWARD = """
DROP TRIGGER totals_follow_releases ON facilities_release;
DROP FUNCTION facilities_follow_releases();
DROP TRIGGER totals_follow_draws ON facilities_draw;
DROP FUNCTION facilities_follow_draws();
DROP TRIGGER members_follow_their_acts ON facilities_memberact;
DROP FUNCTION facilities_members_follow_acts();
DROP TRIGGER facilities_follow_their_acts ON facilities_facilityact;
DROP FUNCTION facilities_follow_acts();
"""


class Migration(migrations.Migration):
    dependencies = [("facilities", "0001_group_credit")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
