"""Uses what Python programs use of the standard library."""

import asyncio
import base64
import contextlib
import copy
import csv
import datetime
import decimal
import fractions
import hashlib
import heapq
import io
import json
import logging
import os
import pathlib
import random
import re
import statistics
import struct
import tempfile
import textwrap
import time
import traceback
import urllib.parse
import uuid
import zipfile

document = {
    "users": [
        {"id": i, "name": f"user {i}", "mail": f"u{i}@example.org", "score": i / 3, "tags": ["a", None]}
        for i in range(60)
    ],
    "nested": [[[[]]]],
    "text": "é\n\t\"quoted\" \u2028",
}
text = json.dumps(document, indent=1) + json.dumps(document, sort_keys=True, ensure_ascii=False)
assert json.loads(json.dumps(document)) == document

mails = re.findall(r"(?P<user>[\w.]+)@(\w+)\.(org|com)\b", text)
renamed = re.sub(r"user (\d+)", lambda match: f"<{match[1]}>", text)
words = re.compile(r"\s*[,;]\s*|\s+", re.IGNORECASE).split(renamed)

rows = list(csv.DictReader(io.StringIO("a,b,c\n" + "\n".join(f"{i},{i * i},x{i}" for i in range(200)))))
out = io.StringIO()
writer = csv.writer(out)
writer.writerows([row["a"], row["b"]] for row in rows)

start = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
days = [(start + datetime.timedelta(days=i)).strftime("%Y-%m-%d %A") for i in range(60)]
parsed = [datetime.datetime.fromisoformat("2024-01-0%d" % i).isoformat() for i in range(1, 9)]

numbers = [random.random() for _ in range(500)] + [random.randint(1, 6) for _ in range(100)]
random.shuffle(numbers)
print(statistics.mean(numbers) >= 0, statistics.median([1, 2, 3]), statistics.stdev([1, 2, 4]))
print(decimal.Decimal("1.10") + decimal.Decimal(2) / 3, fractions.Fraction(1, 3) + 1)

heap = []
for number in numbers:
    heapq.heappush(heap, number)
smallest = [heapq.heappop(heap) for _ in range(20)]

digest = hashlib.sha256(text.encode()).hexdigest() + hashlib.md5(b"x").hexdigest()
packed = struct.unpack("<IHd", struct.pack("<IHd", 1, 2, 3.0))
encoded = base64.b64decode(base64.b64encode(text.encode()))
parts = urllib.parse.urlsplit("https://user@example.org:8080/a/b?x=1&y=%20#f")
query = urllib.parse.parse_qs(parts.query), urllib.parse.quote("a b/ü")
wrapped = textwrap.dedent(textwrap.fill(text[:500], 40))
copied = copy.deepcopy(document)
identity = uuid.uuid4(), uuid.UUID(int=5), time.time() > 0, time.perf_counter() > 0

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "a" / "b.txt"
    path.parent.mkdir()
    path.write_text("one\ntwo\n" * 50)
    with open(path) as file, contextlib.suppress(OSError):
        lines = [line.rstrip() for line in file]
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", text)
    found = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)

logger = logging.getLogger("warmup")
logger.debug("not shown %s", 1)
try:
    json.loads("{")
except ValueError:
    traceback.format_exc()


async def produce(queue):
    for i in range(20):
        await queue.put(i)
        await asyncio.sleep(0)
    await queue.put(None)


async def consume(queue):
    total = 0
    while (item := await queue.get()) is not None:
        total += item
    return total


async def main():
    queue = asyncio.Queue(maxsize=3)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(queue))
        consumed = group.create_task(consume(queue))
    return consumed.result(), await asyncio.gather(*(asyncio.sleep(0, i) for i in range(5)))


print(asyncio.run(main()), len(words), len(mails), len(days), digest, found[0][-5:], packed)
await asyncio.sleep(0)
logging.Logger.manager.loggerDict.pop("warmup")
re.purge()
copied
