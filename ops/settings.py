"""What a process must be told from outside: one clear line for each setting that is wrong.

Each process has its own class, with the prefix `RINGBOOK_`, and reads it once when it starts:

    class Settings(RingbookSettings):
        postgres_url: PostgresUrl

    settings = read(Settings)
"""

import sys
from typing import Annotated, Final, NoReturn, TypeAlias, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from storage.secrets import KeyRing

PREFIX: Final = "RINGBOOK_"
WRONG_USE: Final = 2  # the exit code for what the operator can put right


def _is_of_postgres(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return url


def _is_of_rabbitmq(url: str) -> str:
    if not url.startswith(("amqp://", "amqps://")):
        raise ValueError("must begin with amqp:// or amqps://")
    return url


def _is_key_ring(text: SecretStr) -> SecretStr:
    KeyRing.parse(text.get_secret_value())
    return text


PostgresUrl: TypeAlias = Annotated[str, AfterValidator(_is_of_postgres), Field(repr=False)]


RabbitUrl: TypeAlias = Annotated[str, AfterValidator(_is_of_rabbitmq), Field(repr=False)]
MasterKeys: TypeAlias = Annotated[SecretStr, AfterValidator(_is_key_ring)]


class RingbookSettings(BaseSettings):
    """Settings from the environment; one that is set to nothing counts as missing."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)


class DatabaseSettings(RingbookSettings):
    """What a command needs that looks into the database."""

    postgres_url: PostgresUrl


class MigrationSettings(DatabaseSettings):
    """The owner's URL, and the password with which processes log in as `ringbook_app`."""

    app_password: SecretStr | None = None


class TenantSettings(DatabaseSettings):
    """The owner's URL, and the key ring that seals secrets."""

    master_keys: MasterKeys


S = TypeVar("S", bound=BaseSettings)


def read(wanted: type[S]) -> S:
    """The settings; or one line on stderr for each that is missing or wrong, and exit code 2.

    Lines say what is wrong with a value, never the value: it may be a secret.
    """
    prefix = wanted.model_config.get("env_prefix") or ""
    try:
        return wanted()
    except ValidationError as error:
        refuse(*(_line(prefix, problem) for problem in error.errors(include_input=False)))
    except SettingsError as error:  # a list or a dictionary that is no JSON
        refuse(*(f"{prefix}{name.upper()}: is no JSON" for name in _named_in(error, wanted)))


def refuse(*lines: str) -> NoReturn:
    """End the process over what the operator can put right."""
    for line in lines:
        sys.stderr.write(f"{line}\n")
    sys.exit(WRONG_USE)


def _line(prefix: str, problem: ErrorDetails) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else "settings"
    name = name if name.startswith(prefix) else f"{prefix}{name}"
    if problem["type"] == "missing":
        return f"{name}: missing"
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"


def _named_in(error: SettingsError, wanted: type[BaseSettings]) -> list[str]:
    return [name for name in wanted.model_fields if f'"{name}"' in str(error)] or [str(error)]
