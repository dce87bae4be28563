import asyncio
import json
import signal
import sys
from pathlib import Path

from ops.simulators.webhooks import client

ROOT = Path(__file__).parents[3]


async def test_one_process_runs_all_providers_says_where_and_stops_when_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops.simulators", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(10):
            addresses = json.loads(await process.stdout.readline())
            async with client() as http:
                states = [await http.get(f"{url}/_simulator/state") for url in addresses.values()]
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert list(addresses) == ["calcom", "twilio", "sendgrid", "ecb", "retell"]
    assert all(state.status_code == 200 for state in states)
