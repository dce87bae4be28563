"""Where programs are looked for."""

from pathlib import Path

from ops.stack.find import Search


def test_the_newest_version_of_a_place_wins(tmp_path: Path) -> None:
    for version in ("9", "17", "16"):
        _program(tmp_path / version / "bin" / "postgres")
    search = Search("", places=(f"{tmp_path}/*/bin",))
    assert search.program("postgres") == tmp_path / "17" / "bin" / "postgres"


def test_path_comes_before_the_usual_places(tmp_path: Path) -> None:
    on_path, placed = tmp_path / "path" / "erl", tmp_path / "place" / "erl"
    for file in (on_path, placed):
        _program(file)
    assert Search(str(on_path.parent), places=(str(placed.parent),)).program("erl") == on_path


def test_a_program_that_appears_later_is_found(tmp_path: Path) -> None:
    search = Search("", places=(f"{tmp_path}/*",))
    assert search.program("erl") is None
    _program(tmp_path / "bin" / "erl")
    assert search.program("erl") == tmp_path / "bin" / "erl"


def test_a_file_that_cannot_be_run_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "erl").touch(mode=0o600)
    assert Search(str(tmp_path), places=()).program("erl") is None


def _program(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch(mode=0o700)
