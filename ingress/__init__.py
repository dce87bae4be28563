"""What we hear: one endpoint for each provider. Prove, name, publish, answer; nothing else.

May import `ops`, `storage` and `messages`. Never `workers`: it meets them in RabbitMQ.
"""
