"""A private RabbitMQ node with an epmd of its own, so that it meets no other node.

Everything a node would take from /etc, /var or our environment is set here. epmd runs in the
foreground as a child of ours and nobody else may start one: left to themselves, Erlang programs
leave a daemon behind that outlives them all.
"""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

import aio_pika
from aio_pika.exceptions import AMQPError

from ops.stack import kept
from ops.stack.find import Search
from ops.stack.process import Child
from ops.stack.server import Server
from ops.stack.unavailable import StackUnavailable

NODE: Final = "ringbook@localhost"  # the data carries the name: it must never change
CONFIGURATION: Final = """\
listeners.tcp.default = 127.0.0.1:{port}
default_user = ringbook
default_pass = {password}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
log.console = true
log.file = false
"""


class RabbitMQ(Server):
    """A RabbitMQ node of a cluster of one."""

    name: ClassVar = "RabbitMQ"
    setting: ClassVar = "RINGBOOK_RABBITMQ_URL"
    refusals: ClassVar = (OSError, AMQPError, ValueError)

    def __init__(
        self, directory: Path, search: Search, say: Callable[[str], None], *, management: bool
    ) -> None:
        super().__init__(directory, search, say)
        self._management = management

    @property
    def url(self) -> str:
        """The virtual host `/`, as its administrator."""
        return f"amqp://{self._login}@127.0.0.1:{self._port('port')}/"

    @property
    def management_url(self) -> str:
        """The management plugin's address, where the stack was made with it."""
        return f"http://{self._login}@127.0.0.1:{self._port('port.management')}/"

    def found(self) -> bool:
        """RabbitMQ is a script of its own and needs Erlang beside it."""
        return self._server() is not None and all(self._erlang())

    async def run(self) -> None:
        """Start epmd, then the node: the node registers there."""
        server, (erl, epmd) = self._server(), self._erlang()
        if server is None or erl is None or epmd is None:
            raise StackUnavailable("rabbitmq-server or Erlang is not on this machine")
        self._prepare()
        environment = self._environment(erl)
        port = environment["ERL_EPMD_PORT"]
        self.spawn(
            Child(
                "epmd",
                [epmd, "-port", port, "-address", "127.0.0.1"],
                log=self.room / "log.epmd",
                environment=environment,
            )
        )
        self.spawn(
            Child(self.name, [server], log=self.room / "log", environment=environment),
        )

    @staticmethod
    async def ask(url: str) -> None:
        """Open a connection as the user of the URL.

        Knock first: the library logs an error of its own where nobody listens.
        """
        parts = urlsplit(url)
        port = parts.port or (5671 if parts.scheme == "amqps" else 5672)
        _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
        await writer.wait_closed()
        connection = await aio_pika.connect(url, timeout=5)
        await connection.close()

    @property
    def _login(self) -> str:
        return f"ringbook:{kept.password(self.room / 'password')}"

    def _port(self, name: str) -> str:
        return (self.room / name).read_text()

    def _server(self) -> Path | None:
        scripts = (
            folder / "rabbitmq-server" for folder in self.search.folders_with("rabbitmq-server")
        )
        return next((script for script in scripts if not _is_wrapper(script)), None)

    def _erlang(self) -> tuple[Path | None, Path | None]:
        return self.search.program("erl"), self.search.program("epmd")

    def _prepare(self) -> None:
        home = self.room / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        if not (cookie := home / ".erlang.cookie").exists():
            kept.write(cookie, secrets.token_hex(20), mode=0o400)
        for name in ("port", "port.distribution", "port.epmd", "port.management"):
            kept.port(self.room / name)
        kept.write(
            self.room / "rabbitmq.conf",
            CONFIGURATION.format(
                port=self._port("port"),
                password=kept.password(self.room / "password"),
                management=self._port("port.management"),
            ),
        )
        plugins = "[rabbitmq_management]." if self._management else "[]."
        kept.write(self.room / "enabled_plugins", plugins)
        kept.write(self.room / "rabbitmq-env.conf", "")
        kept.write(self.room / "advanced.config", "[].")

    def _environment(self, erl: Path) -> dict[str, str]:
        usual = self.environment()
        room = str(self.room)
        return usual | {
            "PATH": f"{erl.parent}:{usual['PATH']}",
            "HOME": f"{room}/home",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": self._port("port"),
            "RABBITMQ_DIST_PORT": self._port("port.distribution"),
            "RABBITMQ_MNESIA_BASE": f"{room}/data",
            "RABBITMQ_LOG_BASE": f"{room}/logs",
            "RABBITMQ_PID_FILE": f"{room}/pid",
            "RABBITMQ_CONFIG_FILE": f"{room}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{room}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": f"{room}/rabbitmq-env.conf",  # instead of the one in /etc
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{room}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1}"  # else on every interface
                " -shutdown_time 8000"  # ms; else a node that cannot stop never does
                # Erlang spins while it waits for work: here others need those two cores.
                " +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
            "RUNNING_UNDER_SYSTEMD": "true",  # the script replaces itself by the node
            "ERL_CRASH_DUMP": f"{room}/erl_crash.dump",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": self._port("port.epmd"),
            "ERL_FLAGS": "-start_epmd false",  # also in the programs that the node starts
        }


def _is_wrapper(script: Path) -> bool:
    """Say whether it is a distribution's script that changes to the account and data of a service.

    It drops our arguments and paths on the way, as /usr/sbin/rabbitmq-server of Debian does.
    """
    return "id -u rabbitmq" in script.read_text(errors="replace")
