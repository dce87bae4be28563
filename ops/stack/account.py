"""Under which account PostgreSQL runs, and where that account can keep its data.

PostgreSQL refuses to run as root, so root lends it an unprivileged account. That account must
reach its data, which it cannot below a closed folder such as /root. Then the data lies elsewhere:

    <directory>/postgres/elsewhere   ->  /var/tmp/ringbook-postgres-<random>/
                                           belongs_to    (the folder that points here)
                                           data/
"""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.stack import kept
from ops.stack.unavailable import StackUnavailable

ACCOUNTS: Final = ("postgres", "nobody")
PREFIX: Final = "ringbook-postgres-"
POINTER: Final = "elsewhere"
OWNER: Final = "belongs_to"


@dataclass(frozen=True)
class Account:
    """Whom a child runs as."""

    name: str
    user: int
    group: int


def unprivileged() -> Account | None:
    """The account that root lends to PostgreSQL; None for anybody else, who uses their own."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise StackUnavailable(f"PostgreSQL does not run as root, and none of {ACCOUNTS} is an account")


def folder_for(account: Account | None, room: Path, say: Callable[[str], None]) -> Path:
    """The folder that holds PostgreSQL's data: the room itself where the account can reach it."""
    if account is None or all(_may_pass(account, each) for each in (room, *room.parents)):
        return room
    pointer = room / POINTER
    if not pointer.is_dir():
        _remove_abandoned()
        _point_elsewhere(pointer)
    elsewhere = pointer.resolve()
    say(f"the account {account.name} cannot reach {room}: its data is in {elsewhere}")
    return elsewhere


def _may_pass(account: Account, folder: Path) -> bool:
    status = folder.stat()
    if status.st_uid == account.user:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.group:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _point_elsewhere(pointer: Path) -> None:
    elsewhere = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_temporary()))
    elsewhere.chmod(0o711)
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(elsewhere)
    kept.write(elsewhere / OWNER, str(pointer))  # last: what lacks it is not yet abandoned


def _remove_abandoned() -> None:
    """Remove the data of stacks whose directory is gone: nobody could ever find it again."""
    for elsewhere in _temporary().glob(f"{PREFIX}*"):
        owner = elsewhere / OWNER
        if elsewhere.stat().st_uid != os.geteuid() or not owner.exists():
            continue
        if Path(owner.read_text()).resolve() != elsewhere.resolve():
            shutil.rmtree(elsewhere, ignore_errors=True)


def _temporary() -> Path:
    lasting = Path("/var/tmp")  # noqa: S108 -- unlike /tmp it survives a reboot; names are random
    return lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())
