"""Gets missing servers through apt where that is allowed, else says in one line what to do.

Packages start their servers on the standard ports as they are installed; while ours are, a
policy-rc.d forbids it. An administrator's own policy-rc.d is left as it is.
"""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ops.stack.server import Server
from ops.stack.unavailable import StackUnavailable

PACKAGES: Final = {  # of each server, by the command that installs them
    "apt-get install": {
        "PostgreSQL": "postgresql postgresql-contrib",
        "RabbitMQ": "rabbitmq-server",
        "Redis": "redis-server",
    },
    "dnf install": {
        "PostgreSQL": "postgresql-server postgresql-contrib",
        "RabbitMQ": "rabbitmq-server",
        "Redis": "valkey",
    },
    "pacman -S": {"PostgreSQL": "postgresql", "RabbitMQ": "rabbitmq", "Redis": "valkey"},
    "apk add": {
        "PostgreSQL": "postgresql postgresql-contrib",
        "RabbitMQ": "rabbitmq-server",
        "Redis": "redis",
    },
    "brew install": {"PostgreSQL": "postgresql@17", "RabbitMQ": "rabbitmq", "Redis": "redis"},
}
SERVICES: Final = {"PostgreSQL": "postgres", "RabbitMQ": "rabbitmq", "Redis": "redis"}
TOLD: Final = ("Need to get ", "Fetched ", "Unpacking ", "Setting up ", "E: ")
SCRIPT: Final = """
policy=/usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update -q -o DPkg::Lock::Timeout=120 || echo 'the package lists may be old'
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
"""


async def install(missing: Sequence[Server], *, log: Path, say: Callable[[str], None]) -> None:
    """Install the packages of the missing servers, or raise StackUnavailable with what to do."""
    names = [server.name for server in missing]
    if shutil.which("apt-get") is None or (rights := await _rights()) is None:
        raise StackUnavailable(await advice(missing))
    packages = [package for name in names for package in PACKAGES["apt-get install"][name].split()]
    say(f"{_listed(names)}: not on this machine; apt-get installs {' '.join(packages)} now")
    said = await _run([*rights, "sh", "-c", SCRIPT, "sh", *packages], log, say)
    if still := [server.name for server in missing if not server.found()]:
        raise StackUnavailable(f"apt-get did not install {_listed(still)}: {said}; see {log}")


async def advice(missing: Sequence[Server]) -> str:
    """One line on how to get the missing servers."""
    names = [server.name for server in missing]
    settings = " ".join(server.setting for server in missing)
    if await _succeeds("docker", "info"):
        services = " ".join(SERVICES[name] for name in names)
        command = f"docker compose up -d {services}"
        return f"{_listed(names)}: not on this machine; run `{command}` and set {settings}"
    for command, packages in PACKAGES.items():
        if shutil.which(command.split()[0]):
            wanted = " ".join(packages[name] for name in names)
            sudo = "" if command.startswith("brew") else "sudo "
            return f"{_listed(names)}: not on this machine; run `{sudo}{command} {wanted}`"
    return f"{_listed(names)}: not on this machine; install them, or set {settings}"


async def _rights() -> list[str] | None:
    """What to put before a command that only root may run; None if we may not."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if await _succeeds("sudo", "-n", "true") else None


async def _run(command: Sequence[str], log: Path, say: Callable[[str], None]) -> str:
    """Run it to its end, telling the steps; return the last line of what it said.

    It stays in our process group: Ctrl-C in the terminal reaches apt-get, which knows when it
    may stop. When we are cancelled, we wait for it, because half a package is worse than none.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    telling = asyncio.create_task(_tell(process, log, say))
    try:
        return await asyncio.shield(telling)
    except asyncio.CancelledError:
        await telling
        raise


async def _tell(process: asyncio.subprocess.Process, log: Path, say: Callable[[str], None]) -> str:
    last = ""
    with log.open("w") as kept:
        while process.stdout and (read := await process.stdout.readline()):
            line = read.decode(errors="replace").rstrip()
            kept.write(f"{line}\n")
            last = line or last
            if line.startswith(TOLD):
                say(f"  {line}")
    await process.wait()
    return last


async def _succeeds(*command: str) -> bool:
    """Say whether the command is there and exits with 0 within five seconds."""
    if shutil.which(command[0]) is None:
        return False
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(5):
            return await process.wait() == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
