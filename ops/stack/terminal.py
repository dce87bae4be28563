"""The stack in a terminal: one keeps it up until Ctrl-C, another may take it down."""

import asyncio
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Final

from ops.stack import lock
from ops.stack.stack import environment_of, running
from ops.stack.unavailable import StackUnavailable

DIRECTORY: Final = Path(".ringbook")
LIMIT: Final = 30.0  # seconds; stopping takes two, an installation that is under way more


def up(directory: Path = DIRECTORY) -> None:
    """Start the stack, print the settings that lead to it, stop it at Ctrl-C or SIGTERM."""
    asyncio.run(_up(directory))


def down(directory: Path = DIRECTORY) -> None:
    """Stop the stack that runs in another terminal, and wait until it has stopped."""
    if (process := lock.holder(directory)) is None:
        _say(f"no stack runs in {directory}")
        return
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + LIMIT
    while lock.holder(directory) == process:
        if time.monotonic() > deadline:
            raise StackUnavailable(f"process {process} did not stop within {LIMIT:.0f} s")
        time.sleep(0.1)
    _say(f"stopped the stack in {directory}")


async def _up(directory: Path) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.current_task()
    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, told.cancel if told else loop.stop)
    try:
        async with running(directory, say=_say) as urls:
            for name, value in environment_of(urls).items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
            sys.stdout.flush()
            _say("Ctrl-C stops it")
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        _say("stopped")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")  # stdout holds the settings alone
