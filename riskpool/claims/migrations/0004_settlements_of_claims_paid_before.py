"""Claims from before this change get the settlement of their payment and the clock events of their days."""

from django.db import migrations


def settle(apps, schema_editor):
    payment_of, apportionment_of = (apps.get_model("claims", name) for name in ("Payment", "Apportionment"))
    settlement, settled = apps.get_model("claims", "Settlement"), apps.get_model("claims", "SettledShare")
    for payment in payment_of.objects.filter(settlement=None):
        row = apportionment_of.objects.get(claim=payment.claim_id)
        done = settlement.objects.create(
            claim_id=payment.claim_id, apportionment=row, approval_id=payment.approval_id, payment=payment,
            settled_on=payment.paid_on, ends=True, paid=payment.amount,
        )  # fmt: skip
        for share in row.shares.exclude(source=None):
            settled.objects.create(settlement=done, share=share, paid=share.borne)


def start_clocks(apps, schema_editor):
    event, claim_of = apps.get_model("claims", "ClockEvent"), apps.get_model("claims", "Claim")
    for claim in claim_of.objects.filter(clock_events=None):
        event.objects.create(
            claim=claim, desk="decision", kind="start", on=claim.filed_on, reason="银行提交申请"
        )
        if claim.decided_on:
            event.objects.create(
                claim=claim, desk="decision", kind="end", on=claim.decided_on, reason="审核办结"
            )
        if claim.state in ("accepted", "paid"):
            event.objects.create(
                claim=claim, desk="payment", kind="start", on=claim.decided_on, reason="受理"
            )
        payment = claim.payments.first()
        if payment is not None:
            event.objects.create(claim=claim, desk="payment", kind="end", on=payment.paid_on, reason="已支付")


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_course_stages_and_receivables")]

    operations = [
        migrations.RunPython(settle, migrations.RunPython.noop),
        migrations.RunPython(start_clocks, migrations.RunPython.noop),
    ]
