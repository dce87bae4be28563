"""Where PostgreSQL's data goes when root starts the stack in a folder that is closed to others."""

import pwd
import shutil
from pathlib import Path

from ops.stack.account import POINTER, Account, folder_for

NOBODY = pwd.getpwnam("nobody")
LENT = Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid)


def _silent(_: str) -> None:
    """The line is for a terminal."""


def test_data_of_our_own_account_stays_in_the_room(tmp_path: Path) -> None:
    assert folder_for(None, tmp_path, _silent) == tmp_path


def test_a_closed_room_points_to_a_folder_that_the_account_can_reach(tmp_path: Path) -> None:
    room = _closed(tmp_path, "room")
    folder = folder_for(LENT, room, _silent)
    assert folder == (room / POINTER).resolve() != room
    assert all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))
    assert folder_for(LENT, room, _silent) == folder
    shutil.rmtree(folder)


def test_data_is_removed_when_the_room_that_pointed_to_it_is_gone(tmp_path: Path) -> None:
    abandoned, other = _closed(tmp_path, "abandoned"), _closed(tmp_path, "other")
    folder = folder_for(LENT, abandoned, _silent)
    shutil.rmtree(abandoned)
    kept = folder_for(LENT, other, _silent)
    assert not folder.exists()
    assert kept.exists()
    shutil.rmtree(kept)


def _closed(tmp_path: Path, name: str) -> Path:
    room = tmp_path / name
    room.mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    return room
