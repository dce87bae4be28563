"""Waiting for no longer than one said, whatever one waits for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The outcome of the work, or TimeoutError once the time is over.

    Unlike `asyncio.timeout` it does not wait until the work has cleaned up: rolling back on a
    database that hangs takes as long as the statement that hung.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_look_at)
    if not task.done():
        raise TimeoutError
    return task.result()


def _look_at(task: "asyncio.Task[Any]") -> None:
    """An exception that comes too late has been told as a time-out already."""
    if not task.cancelled():
        task.exception()
