"""Maker and checker of an approval go with the person of their account: a composite foreign key. HANDWRITTEN"""

from django.db import migrations

FORWARD = """
ALTER TABLE work_approval
    ADD CONSTRAINT the_maker_is_the_person_of_his_account
    FOREIGN KEY (maker_id, maker_person) REFERENCES parties_account (id, person_id),
    ADD CONSTRAINT the_checker_is_the_person_of_his_account
    FOREIGN KEY (checker_id, checker_person) REFERENCES parties_account (id, person_id);
"""

BACKWARD = """
ALTER TABLE work_approval
    DROP CONSTRAINT the_maker_is_the_person_of_his_account,
    DROP CONSTRAINT the_checker_is_the_person_of_his_account;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0002_links_of_organisations_people_roles"),
        ("work", "0001_outbox_approvals_keys_jobs"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
