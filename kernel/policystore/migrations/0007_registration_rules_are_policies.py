from django.db import migrations, models

KINDS = [
    ("scheme", "损失分担方案"),
    ("procedure", "资金池办事规则"),
    ("subsidy", "补贴政策"),
    ("form", "填报表"),
    ("scorecard", "评分卡"),
    ("registration", "登记规则"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("policystore", "0006_scorecards_are_policies"),
    ]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        )
        for name in ("policyspan", "policyversion")
    ]
