from portal.management.importing import ImportCommand


class Command(ImportCommand):
    help = "导入银行的贷后月报工作簿"
    form = "returns"
