"""A private Redis (6.2 or later): it holds what may be lost, so nothing is written to disk."""

from typing import ClassVar

from redis.asyncio import Redis as Client
from redis.exceptions import RedisError

from ops.stack import kept
from ops.stack.process import Child
from ops.stack.server import Server
from ops.stack.unavailable import StackUnavailable

# Its title would replace the environment by which a process that was left behind is known as ours.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{room}"
save ""
appendonly no
daemonize no
set-proc-title no
"""


class Redis(Server):
    """A Redis, or the Valkey that some systems have in its place."""

    name: ClassVar = "Redis"
    setting: ClassVar = "RINGBOOK_REDIS_URL"
    refusals: ClassVar = (OSError, RedisError, ValueError)

    @property
    def url(self) -> str:
        """Database 0, with the password."""
        port = (self.room / "port").read_text()
        return f"redis://:{kept.password(self.room / 'password')}@127.0.0.1:{port}/0"

    def found(self) -> bool:
        """One program is all it needs."""
        return self.search.program("redis-server", "valkey-server") is not None

    async def run(self) -> None:
        """The password stands in a file, because everybody may read a command line."""
        if (program := self.search.program("redis-server", "valkey-server")) is None:
            raise StackUnavailable("redis-server is not on this machine")
        configuration = self.room / "redis.conf"
        kept.write(
            configuration,
            CONFIGURATION.format(
                port=kept.port(self.room / "port"),
                password=kept.password(self.room / "password"),
                room=self.room,
            ),
        )
        self.spawn(
            Child(
                self.name,
                [program, configuration],
                log=self.room / "log",
                environment=self.environment(),
            )
        )

    @staticmethod
    async def ask(url: str) -> None:
        """PING."""
        client = Client.from_url(url, socket_connect_timeout=5, socket_timeout=5)
        try:
            await client.ping()
        finally:
            await client.aclose()
