"""The database itself moves an account's totals, with each transfer and only then. HANDWRITTEN"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_totals_follow_transfers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_transfers t JOIN ledger_journal j ON j.id = t.journal_id
        WHERE j.transaction <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION '凭证在其事务结束后不得再加分录' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_transfers t
        JOIN ledger_ledgeraccount d ON d.id = t.debit_id
        JOIN ledger_ledgeraccount c ON c.id = t.credit_id
        WHERE d.book <> c.book
    ) THEN
        RAISE EXCEPTION '分录不得跨账簿' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE ledger_ledgeraccount a
    SET debits = a.debits + s.debited, credits = a.credits + s.credited
    FROM (
        SELECT account_id, sum(debited) AS debited, sum(credited) AS credited
        FROM (
            SELECT debit_id AS account_id, amount AS debited, 0 AS credited FROM new_transfers
            UNION ALL
            SELECT credit_id, 0, amount FROM new_transfers
        ) AS sides
        GROUP BY account_id
    ) AS s
    WHERE a.id = s.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER totals_follow_transfers
AFTER INSERT ON ledger_transfer
REFERENCING NEW TABLE AS new_transfers
FOR EACH STATEMENT EXECUTE FUNCTION ledger_totals_follow_transfers();

CREATE FUNCTION ledger_a_payout_was_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM work_approval a
        WHERE a.id = NEW.approval_id AND a.state = 'executed' AND a.checker_person IS NOT NULL
          AND a.checker_person <> a.maker_person
    ) THEN
        RAISE EXCEPTION '支付凭证所依据的复核不成立' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_payout_was_approved_by_two_persons
BEFORE INSERT ON ledger_journal
FOR EACH ROW WHEN (NEW.approval_id IS NOT NULL)
EXECUTE FUNCTION ledger_a_payout_was_approved();
"""

BACKWARD = """
DROP TRIGGER a_payout_was_approved_by_two_persons ON ledger_journal;
DROP FUNCTION ledger_a_payout_was_approved();
DROP TRIGGER totals_follow_transfers ON ledger_transfer;
DROP FUNCTION ledger_totals_follow_transfers();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_links_of_accounts_journals_transfers"),
        ("work", "0001_outbox_approvals_keys_jobs"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
