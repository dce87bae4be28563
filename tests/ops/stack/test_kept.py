"""What a server finds again at its next start."""

import socket
from pathlib import Path

from ops.stack import kept


def test_a_port_is_the_same_at_every_start(tmp_path: Path) -> None:
    assert kept.port(tmp_path / "port") == kept.port(tmp_path / "port")


def test_a_port_that_somebody_took_is_replaced_for_good(tmp_path: Path) -> None:
    taken = kept.port(tmp_path / "port")
    with socket.create_server(("127.0.0.1", taken)):
        other = kept.port(tmp_path / "port")
    assert other != taken
    assert kept.port(tmp_path / "port") == other


def test_a_password_is_random_lasting_and_closed_to_others(tmp_path: Path) -> None:
    password = kept.password(tmp_path / "password")
    assert password == kept.password(tmp_path / "password") != kept.password(tmp_path / "another")
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0
