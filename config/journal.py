"""The log: one line an event, readable on the screen, JSON in the log folder.

Pure: settings call it before Django is there. Never log amounts, names, numbers of accounts or files' contents: ids only.
"""

from pathlib import Path
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(),
]


def logging_to(folder: Path, *, process: str, level: str) -> dict[str, Any]:
    """The logging configuration of one process: the screen always, `<process>.jsonl` when the supervisor named it."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED[:-1],
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handlers: dict[str, Any] = {"screen": {"class": "logging.StreamHandler", "formatter": "line"}}
    if process:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = str(folder / f"{process}.jsonl")
        handlers["file"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": path,
            "formatter": "json",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": _formatter(structlog.dev.ConsoleRenderer(colors=False)),
            "json": _formatter(
                structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)
            ),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "WARNING"},
        },
    }


def _formatter(*last: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    }
