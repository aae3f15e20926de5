"""What the courts do, as it happens: python consumer.py HOST:PORT [PREFIX]"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer


async def main(brokers: str, prefix: str = "zhixing") -> None:
    topics = f"{prefix}.cases", f"{prefix}.reference"
    told = {"group_id": f"{prefix}.example", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    done = set()  # keep ids where the events' effects are kept, and store both in one transaction
    async with AIOKafkaConsumer(*topics, bootstrap_servers=brokers, **told) as consumer:
        while True:
            batch = await consumer.getmany(timeout_ms=1000)
            for event in (json.loads(record.value) for records in batch.values() for record in records):
                if event["id"] not in done:  # records may repeat
                    print(event["id"], event["type"], event["subject"], event["time"], flush=True)
                    done.add(event["id"])
            if batch:
                await consumer.commit()


asyncio.run(main(*sys.argv[1:]))
