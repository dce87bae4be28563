"""The one thing that may be wrong with a stack: there is none, for a reason that fits in a line."""


class StackUnavailable(Exception):
    """Why there are no servers; its text is one line for the person who wanted them."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(reason.split()))
