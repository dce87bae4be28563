"""How a test verifies a database: it is not looked again, unless the test asks for that."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.settings import DatabaseSettings
from ops.verify.check import Result, State
from ops.verify.run import Report, Tell, Wanted, verified
from storage.verification.question import Promise, Scope


@dataclass(frozen=True)
class Verifier:
    """Verifies one database and one RabbitMQ."""

    database: str
    rabbitmq: str

    async def __call__(
        self,
        *promises: Promise,
        accepted: tuple[Path, ...] = (),
        wait: float = 0,
        tell: Tell = lambda _: None,
        **scope: Any,
    ) -> Report:
        wanted = Wanted(
            scope=Scope(**scope),
            promises=frozenset(promises or Promise),
            accepted=accepted,
            wait=wait,
        )
        return await verified(
            DatabaseSettings(postgres_url=self.database),
            wanted,
            rabbitmq_url=self.rabbitmq if wanted.needs_queues else None,
            tell=tell,
        )


def names(report: Report, state: State) -> set[str]:
    """The checks that ended so."""
    return {result.check.name for result in report.results if result.state is state}


def result(report: Report, name: str) -> Result:
    """The answer of one check."""
    return next(result for result in report.results if result.check.name == name)
