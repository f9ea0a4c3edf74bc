"""What can be wrong with this machine, each said with its remedy (`manage.py check --database default`).

`zhirong.E…` stops the start, `zhirong.W…` is told and lived with.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import OperationalError, connections

from finance.pledges.keepers import changed_since_loaded
from kernel.days import today

LIBRARIES = {
    "libpango-1.0.so.0": ("libpango-1.0-0", "PDF 无法生成"),
    "libpangoft2-1.0.so.0": ("libpangoft2-1.0-0", "PDF 无法生成"),
    "libharfbuzz-subset.so.0": ("libharfbuzz-subset0", "每页 PDF 需十几秒，而不是 0.3 秒"),
}
FONTS = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")


@register
def the_database_is_postgresql(**_: Any) -> list[CheckMessage]:
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine == "django.db.backends.postgresql":
        return []
    hint = "把 DATABASE_URL 设为 postgresql://…；SQLite 会改动金额，且看不见并发超付。"
    return [Error(f"数据库不是 PostgreSQL：{engine}", hint=hint, id="zhirong.E001")]


@register(Tags.database)
def the_product_is_neither_owner_nor_superuser(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """The last guard of the append-only tables is that the product's own role may not change them."""
    if not databases or settings.AS_OWNER:
        return []
    level = Error if settings.PRIVATE_DATABASE else Warning
    number = "E002" if settings.PRIVATE_DATABASE else "W002"
    hint = "让 DATABASE_URL 用普通角色登录，迁移另用 DATABASE_OWNER_URL（见 docs/decisions/0003-postgresql-only.md）。"
    return [
        level(f"应用的数据库角色{excess}", hint=hint, id=f"zhirong.{number}")
        for alias in databases
        for excess in _excess_rights(alias)
    ]


def _excess_rights(alias: str) -> list[str]:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            superuser, bypasses = cursor.fetchone()
            cursor.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
            )
            (owned,) = cursor.fetchone()
    except OperationalError:
        return ["无法登录，权限未能检查"]
    found = [
        ("是超级用户", superuser),
        ("可绕过行级安全（BYPASSRLS）", bypasses),
        (f"拥有 {owned} 张表", owned),
    ]
    return [text for text, true in found if true]


@register(Tags.database)
def the_calendar_of_this_year_is_loaded(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Deadlines in working days are provisional without the State Council's notice of the year."""
    if not databases:
        return []
    year = today().year
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT to_regclass('calendars_calendaryear')")
            if cursor.fetchone() == (None,):
                return []
            cursor.execute("SELECT 1 FROM calendars_calendaryear WHERE year = %s", [year])
            if cursor.fetchone():
                return []
    except OperationalError:
        return []
    hint = "运行 manage.py load_policies；新一年的放假通知发布后，在 policies/calendars/ 加一个文件。"
    return [Warning(f"没有 {year} 年的工作日历，期限按暂定工作日计算", hint=hint, id="zhirong.W003")]


@register(Tags.database)
def the_rules_of_registration_are_those_that_were_loaded(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """A rule file that changed under its version would let a replay read other rules than were in force."""
    if not databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT to_regclass('policystore_policyversion')")
            if cursor.fetchone() == (None,):
                return []
        return [
            Error(f"{one.where}：{one.found}", hint=one.wanted, id="zhirong.E006")
            for one in changed_since_loaded()
        ]
    except OperationalError:
        return []


@register
def the_fonts_are_there(**_: Any) -> list[CheckMessage]:
    missing = [name for name in FONTS if not (settings.BASE_DIR / "static" / "fonts" / name).exists()]
    hint = "字体随代码一起发布；请完整检出仓库。缺字体时 PDF 中每个汉字都是空框，且不报错。"
    return [Error(f"缺少字体文件 {name}", hint=hint, id="zhirong.E004") for name in missing]


@register
def the_pdf_libraries_load(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for library, (package, consequence) in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            hint = f"apt-get install -y --no-install-recommends {package}"
            found.append(Error(f"缺少系统库 {library}：{consequence}", hint=hint, id="zhirong.E005"))
    return found
