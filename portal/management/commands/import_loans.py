from portal.management.importing import ImportCommand


class Command(ImportCommand):
    help = "导入银行的质押贷款备案工作簿"
    form = "loans"
