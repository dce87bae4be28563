"""What a server must find again at its next start: its ports and its password.

Each is a small file of mode 0600 in the server's folder.
"""

import os
import random
import secrets
import socket
from pathlib import Path
from typing import Final

# Below the range from which Linux takes the ports of outgoing connections (32768 and up): a
# client that keeps trying a stopped server there may connect to itself and take its port away.
PORTS: Final = range(20_000, 32_000)
ATTEMPTS: Final = 200


def password(file: Path) -> str:
    """The password in the file; a random one is written if there is none."""
    if not file.exists():
        write(file, secrets.token_hex(24))
    return file.read_text()


def port(file: Path) -> int:
    """The loopback port in the file, or another free one if somebody took it meanwhile."""
    if file.exists() and is_free(kept := int(file.read_text())):
        return kept
    chosen = _free_port()
    write(file, str(chosen))
    return chosen


def is_free(wanted: int) -> bool:
    """Say whether a server could listen on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return False
    return True


def write(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the file in one step, unreadable for others from its first byte on."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as out:  # noqa: PTH123 -- Path.open takes no descriptor
        out.write(text)
    new.replace(file)


def _free_port() -> int:
    for candidate in random.sample(PORTS, ATTEMPTS):
        if is_free(candidate):
            return candidate
    raise OSError(f"none of {ATTEMPTS} ports of 127.0.0.1 is free")
