#!/usr/bin/env python
"""Command-line door of 知融 Zhirong: `python manage.py help` lists what it can do."""

import os
import sys
from pathlib import Path

OWN_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["migrate"]:
        os.environ.setdefault("ZHIRONG_AS_OWNER", "1")  # the product's own role may not change the tables
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        _use_own_python()
        raise
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as away:
        if os.environ.get("ZHIRONG_TESTING"):
            raise
        sys.exit(f"数据库没有应答。请先在另一窗口运行 make run，或设置 DATABASE_URL。（{str(away).strip()}）")


def _use_own_python() -> None:
    """`python manage.py …` works with the system's Python too: the packages are in .venv."""
    if Path(sys.prefix).resolve() == OWN_PYTHON.parent.parent:
        return
    if not OWN_PYTHON.exists():
        sys.exit("软件包尚未安装。请先运行 bin/bootstrap。")
    os.execv(OWN_PYTHON, [str(OWN_PYTHON), *sys.argv])


if __name__ == "__main__":
    main()
