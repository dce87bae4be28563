"""The directory that a demo empties."""

from pathlib import Path

import pytest

from ops.demo.directory import emptied
from ops.stack.unavailable import StackUnavailable


async def test_a_directory_with_strangers_files_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    with pytest.raises(StackUnavailable, match="not a demo's"):
        await emptied(tmp_path)
    assert precious.read_text() == "kept"


async def test_a_demos_own_directory_is_emptied_for_the_next_one(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "demo"
    await emptied(directory)
    (directory / "left").write_text("behind")
    await emptied(directory)
    assert not (directory / "left").exists()
