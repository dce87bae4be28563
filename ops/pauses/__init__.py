"""Pause and resume: what is stopped for a while keeps what arrives for it."""
