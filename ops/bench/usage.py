"""What processes use of the machine: CPU seconds and memory, children included."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil

from ops.refused import Refused

_MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the process began, and megabytes that it holds now."""

    cpu: float
    megabytes: float


def pid_of(arguments: Sequence[str]) -> int:
    """The child of ours that was started with these arguments."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if child.cmdline()[1:] == list(arguments):
                return child.pid
    raise Refused(f"python {' '.join(arguments)} does not run any more")


def usages(pids: Mapping[str, int]) -> dict[str, Usage]:
    """What each of the named processes uses with everything it started."""
    try:
        return {name: _usage(psutil.Process(pid)) for name, pid in pids.items()}
    except psutil.NoSuchProcess as gone:
        raise Refused(f"process {gone.pid} of {', '.join(pids)} ended during the bench") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used between two moments. CPU is seconds, `load` is what the load itself took.

    `others` is how many cores were busy with what is none of ours: where it is not near zero,
    the figures say little.
    """

    seconds: float
    cpu: dict[str, float]
    load: float
    others: float
    megabytes: dict[str, float]


class Meter:
    """Begins to count when it is made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._before = usages(pids)
        self._load, self._busy = time.process_time(), _busy()
        self._began = time.perf_counter()

    def read(self) -> Spent:
        """What was used since then."""
        seconds = time.perf_counter() - self._began
        load, busy = time.process_time() - self._load, _busy() - self._busy
        after = usages(self._pids)
        cpu = {name: usage.cpu - self._before[name].cpu for name, usage in after.items()}
        return Spent(
            seconds=seconds,
            cpu=cpu,
            load=load,
            others=max(0.0, (busy - load - sum(cpu.values())) / seconds),
            megabytes={name: usage.megabytes for name, usage in after.items()},
        )


def _busy() -> float:
    """CPU seconds that this machine has worked for anybody."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _usage(process: psutil.Process) -> Usage:
    times = process.cpu_times()
    cpu = times.user + times.system + times.children_user + times.children_system
    children = process.children(recursive=True)
    memory = _shared_once(process) if children else process.memory_info().rss
    for child in children:
        with suppress(psutil.NoSuchProcess):
            each = child.cpu_times()
            cpu += each.user + each.system
            memory += _shared_once(child)
    return Usage(cpu=cpu, megabytes=memory / _MB)


def _shared_once(process: psutil.Process) -> int:
    """What a process holds, of what it shares with relatives only its part: PostgreSQL's buffers
    would else count once for each connection.
    """
    try:
        full = process.memory_full_info()
    except (psutil.AccessDenied, psutil.ZombieProcess):
        return int(process.memory_info().rss)
    return int(getattr(full, "pss", full.rss))
