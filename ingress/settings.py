"""What the ingress must be told from outside. It holds no API key, only what proves a sender."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from ops.settings import PREFIX, MasterKeys, PostgresUrl, RabbitUrl, RingbookSettings


def _several(said: object) -> object:
    return [part.strip() for part in said.split(",")] if isinstance(said, str) else said


def _none_is_empty(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """With an empty secret anyone could sign: it is refused, not dropped."""
    if not all(secret.get_secret_value() for secret in secrets):
        raise ValueError("holds an empty secret")
    return secrets


LiveSecrets: TypeAlias = Annotated[
    tuple[SecretStr, ...], NoDecode, BeforeValidator(_several), AfterValidator(_none_is_empty)
]


class Settings(RingbookSettings):
    """Several secrets of one provider are live during a rotation, separated by commas.

    Without secrets of Cal.com or Stripe, the platform's endpoint of that provider proves nobody;
    the endpoints of tenants do not need them.
    """

    # Here a setting that is set to nothing is a mistake: it may have been meant as a secret.
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=False, frozen=True)

    postgres_url: PostgresUrl
    rabbitmq_url: RabbitUrl
    master_keys: MasterKeys
    retell_webhook_keys: LiveSecrets
    calcom_webhook_secrets: LiveSecrets = ()
    stripe_webhook_secrets: LiveSecrets = ()
    host: str = "0.0.0.0"  # noqa: S104 -- providers post from outside
    port: Annotated[int, Field(ge=0, le=65535)] = 8080

    def secrets_of(self, provider: str) -> tuple[str, ...]:
        """What proves a provider at the platform's own endpoint."""
        secrets = {
            "retell": self.retell_webhook_keys,
            "calcom": self.calcom_webhook_secrets,
            "stripe": self.stripe_webhook_secrets,
        }
        return tuple(secret.get_secret_value() for secret in secrets[provider])
