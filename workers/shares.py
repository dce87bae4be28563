"""Which tenants have more than their share of this process.

A tenant is above its share when, in the last WINDOW seconds, it has had at least FLOOR messages
and more than TIMES as many as the others that were active had on average. Who is alone with its
flood is above, too: whoever comes next is not to wait behind it. Of two that are equally busy
neither is ever above.

What is asked for counts, not what was granted: a flood that is moved away stays above its share,
and is below it WINDOW seconds after it ended at the latest.
"""

from collections import Counter, deque
from typing import Final

WINDOW: Final = 10  # seconds; they leave it one by one
FLOOR: Final = 150  # messages in a window: some two calls a second, with what follows from them
TIMES: Final = 3


class Shares:
    """What each tenant has asked for lately: a counter for each second, and their sum."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Counter[str]]] = deque()
        self._asked: Counter[str] = Counter()
        self._total = 0

    def above(self, tenant: str, now: float) -> bool:
        """Count one message more, and say whether its tenant is above its share.

        `now` is in seconds, of any clock that never goes back.
        """
        self._forget_before(int(now) - WINDOW)
        self._count(tenant, int(now))
        mine = self._asked[tenant]
        others = max(len(self._asked) - 1, 1)
        return mine >= FLOOR and mine * others > TIMES * (self._total - mine)

    def _count(self, tenant: str, second: int) -> None:
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][tenant] += 1
        self._asked[tenant] += 1
        self._total += 1

    def _forget_before(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second:
            _, left = self._seconds.popleft()
            for tenant, asked in left.items():
                self._asked[tenant] -= asked
                self._total -= asked
                if not self._asked[tenant]:
                    del self._asked[tenant]
