"""Workbooks in and out: precheck, limited reading, columns, cell grammars, checking, templates, marked
copies.

Knows sheets and no domain noun; pure, without Django. A domain declares a `Form` and calls `read_rows`,
`check_rows`.
"""

from kernel.sheets.checking import Checked, CheckedRow, RowFault, check_rows
from kernel.sheets.columns import Column, Form, RowFlaw
from kernel.sheets.content import changes, plain_values, restored_values, row_digest
from kernel.sheets.marking import annotate
from kernel.sheets.reading import Sheet, SheetRow, read_rows
from kernel.sheets.templates import template_name, write_template

__all__ = [
    "Checked",
    "CheckedRow",
    "Column",
    "Form",
    "RowFault",
    "RowFlaw",
    "Sheet",
    "SheetRow",
    "annotate",
    "changes",
    "check_rows",
    "plain_values",
    "read_rows",
    "restored_values",
    "row_digest",
    "template_name",
    "write_template",
]
