"""A real alarm of a private RabbitMQ, for as long as a block runs."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ops.stack.find import Search
from ops.stack.rabbitmq import NODE, RabbitMQ

USUAL: Final = "0.4"  # of the machine's memory; what RabbitMQ begins with


@asynccontextmanager
async def memory_alarm(server: RabbitMQ) -> AsyncIterator[None]:
    """Let the node find that it uses too much memory, and take that back at the end."""
    await rabbitmqctl(server, "set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        yield
    finally:
        await rabbitmqctl(server, "set_vm_memory_high_watermark", USUAL)


async def rabbitmqctl(server: RabbitMQ, *arguments: str) -> None:
    """Tell the node something; fails if it does not listen."""
    search = Search(os.environ["PATH"])
    program = next(
        folder / "rabbitmqctl"
        for folder in search.folders_with("rabbitmqctl")
        if "id -u rabbitmq" not in (folder / "rabbitmqctl").read_text(errors="replace")
    )
    home = server.room / "home"
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_CONF_ENV_FILE": str(server.room / "rabbitmq-env.conf"),
        "ERL_EPMD_PORT": (server.room / "port.epmd").read_text(),
        "ERL_FLAGS": "-start_epmd false",
    }
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
