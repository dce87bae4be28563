"""What a command answers when it cannot do what was asked, and the operator can put that right."""


class Refused(Exception):
    """Nothing was changed; each reason is one line on stderr, and the exit code is 2."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
