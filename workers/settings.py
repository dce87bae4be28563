"""What the workers must be told from outside. Read once, in `workers/app.py`.

A number that is a decision of ours (how many alternatives, how long we wait) is no
setting: it is a named constant beside the code that it rules.
"""

from pydantic import HttpUrl, RedisDsn, SecretStr

from ops.settings import MasterKeys, PostgresUrl, RabbitUrl, RingbookSettings


class Settings(RingbookSettings):
    """A worker that lacks a required one does not start."""

    postgres_url: PostgresUrl
    rabbitmq_url: RabbitUrl
    redis_url: RedisDsn
    master_keys: MasterKeys

    twilio_account_sid: str
    twilio_auth_token: SecretStr
    sendgrid_api_key: SecretStr
    email_sender: str
    operator_email: str

    calcom_url: HttpUrl = HttpUrl("https://api.cal.com")
    twilio_url: HttpUrl = HttpUrl("https://api.twilio.com")
    sendgrid_url: HttpUrl = HttpUrl("https://api.sendgrid.com")
    ecb_url: HttpUrl = HttpUrl("https://www.ecb.europa.eu")

    workers_host: str = "0.0.0.0"  # noqa: S104 -- Prometheus asks from another machine
    workers_port: int = 8081
    postgres_connections: int = 10
