"""The archive of webhooks, for operators: everything that was accepted, and what became of it."""
