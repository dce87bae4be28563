"""What a handler raises when it must wait for something of ours that is still under way."""


class NotYet(Exception):
    """Another worker must finish first; the message comes back after a short while."""
