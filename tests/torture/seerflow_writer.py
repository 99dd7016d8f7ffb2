#!/usr/bin/env python3
"""The real Seerflow writes to a SQLite file until it is killed; prints each batch that it stored: `ack NAME COUNT`."""

import asyncio
import os
import sys
import time
import uuid

from seerflow.models import SeerflowEvent

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../interop"))

from peer_common import storage  # noqa: E402

COUNT = 20


async def main(path):
    async with storage(path) as store:
        number = 0
        while True:
            name = f"seerflow{os.getpid()}r{number}"
            now = time.time_ns()
            await store.write_events([
                SeerflowEvent(
                    event_id=uuid.uuid4(), timestamp_ns=now, observed_ns=now, severity_id=1,
                    message=f"{name}n{n}", source_type="torture",
                )
                for n in range(COUNT)
            ])
            await store.flush()
            print("ack", name, COUNT, flush=True)
            number += 1
            await asyncio.sleep(0.05)


asyncio.run(main(sys.argv[1]))
