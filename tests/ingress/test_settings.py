import pytest
from pydantic import ValidationError

from ingress.settings import Settings
from tests.ingress.conftest import MASTER_KEYS

SETTINGS = {
    "postgres_url": "postgresql://127.0.0.1/none",
    "rabbitmq_url": "amqp://127.0.0.1",
    "master_keys": MASTER_KEYS,
    "retell_webhook_keys": "hush-1",
}


def test_several_secrets_are_live_at_once() -> None:
    settings = Settings.model_validate(SETTINGS | {"retell_webhook_keys": "hush-1, hush-2"})
    assert settings.secrets_of("retell") == ("hush-1", "hush-2")


def test_a_provider_that_is_not_set_has_no_secret() -> None:
    settings = Settings.model_validate(SETTINGS)
    assert settings.secrets_of("calcom") == settings.secrets_of("stripe") == ()


@pytest.mark.parametrize("secrets", ["", " ", ",", "a,", ",a", "a,,b", "a, ,b"])
@pytest.mark.parametrize(
    "name", ["retell_webhook_keys", "calcom_webhook_secrets", "stripe_webhook_secrets"]
)
def test_an_empty_secret_is_refused(name: str, secrets: str) -> None:
    with pytest.raises(ValidationError, match="holds an empty secret"):
        Settings.model_validate(SETTINGS | {name: secrets})


def test_settings_that_are_printed_show_no_secret() -> None:
    urls = {
        "postgres_url": "postgresql://app:hush-2@127.0.0.1/none",
        "rabbitmq_url": "amqp://app:hush-3@127.0.0.1",
    }
    shown = repr(Settings.model_validate(SETTINGS | urls))
    assert "hush" not in shown
    assert MASTER_KEYS not in shown
