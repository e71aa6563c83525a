"""Whether each clock measures each way to sleep right, and whether those of a kind agree."""

import asyncio
import time

import js

CLOCKS = [
    time.monotonic, time.perf_counter, time.time,
    lambda: js.performance.now() / 1000, lambda: js.Date.now() / 1000,
]


def lasts(clock, sleep):
    began = clock()
    sleep()
    return 0.19 < clock() - began < 5


def sleep_in_asyncio():
    asyncio.run(asyncio.sleep(0.2))


SLEEPS = [lambda: time.sleep(0.2), sleep_in_asyncio]
print(all(lasts(clock, sleep) for clock in CLOCKS for sleep in SLEEPS),
      abs(js.performance.timeOrigin + js.performance.now() - time.time() * 1000) < 500)
