"""Run the providers that we call as one process: `python -m ops.simulators --port-base 9100`.

Prints one line of JSON with their addresses when they listen, and stops on SIGTERM or SIGINT.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack

from ops.simulators.calcom import Calcom
from ops.simulators.ecb import Ecb
from ops.simulators.retell import Retell
from ops.simulators.sendgrid import Sendgrid
from ops.simulators.serving import listening
from ops.simulators.simulator import Simulator
from ops.simulators.twilio import Twilio


def providers() -> dict[str, Simulator]:
    """One of each."""
    return {
        "calcom": Calcom(),
        "twilio": Twilio(),
        "sendgrid": Sendgrid(),
        "ecb": Ecb(),
        "retell": Retell(),
    }


async def run(host: str, ports: Mapping[str, int]) -> None:
    """Listen until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        addresses = {
            name: await stack.enter_async_context(listening(simulator, host=host, port=ports[name]))
            for name, simulator in providers().items()
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m ops.simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port-base", type=int, default=0, help="first of five ports; 0: free ones"
    )
    for name in providers():
        parser.add_argument(f"--{name}-port", type=int, help="instead of its port in the row")
    told = parser.parse_args()
    ports = {}
    for offset, name in enumerate(providers()):
        own = getattr(told, f"{name}_port")
        in_row = told.port_base + offset if told.port_base else 0
        ports[name] = in_row if own is None else own
    asyncio.run(run(told.host, ports))


if __name__ == "__main__":
    main()
