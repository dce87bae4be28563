"""The embedded stack: a private PostgreSQL, RabbitMQ and Redis for one machine and for tests."""
