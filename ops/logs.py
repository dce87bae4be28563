"""One line of JSON for everything that happens, in every process alike."""

import logging
import sys

import orjson
import structlog


def configure(process: str, *, level: int = logging.INFO) -> None:
    """Set up logging; `process` names the system's part that speaks.

    Libraries that log through the standard library speak the same JSON, from warnings up.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.dict_tracebacks,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    foreign = logging.StreamHandler(sys.stdout)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processor=structlog.processors.JSONRenderer(),
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[foreign], force=True)
    structlog.contextvars.bind_contextvars(process=process)
