import asyncio
import json
import sys

import js
from pyodide.ffi import to_js
from pyodide.http import pyfetch

url = sys.argv[1]


def options(**values):
    return to_js(values, dict_converter=js.Object.fromEntries)


response = await pyfetch(url + "/hello")
print(response.status, response.status_text, response.ok, await response.text(), response.headers["x-a"])
print(await (await pyfetch(url + "/echo", method="POST", body="text")).text())
print(await (await pyfetch(url + "/echo", method="PUT", body=b"bytes", headers={"X-A": "b"})).bytes())
print(len(await (await pyfetch(url + "/echo", method="POST", body="x" * 2_000_000)).bytes()))
response = await pyfetch(url + "/redirect/302/hello")
print(response.url.removeprefix(url), response.redirected, await response.string())
print((await pyfetch(url + "/redirect/302/hello", redirect="manual")).status)
response = await pyfetch(url + "/status/404")
print(response.status, response.ok)
try:
    response.raise_for_status()
except OSError as error:
    print(type(error).__name__)
print(len(await (await pyfetch(url + "/gzip")).bytes()))

# Given up while it waits for the head, and while the body comes.
controller = js.AbortController.new()
asyncio.get_running_loop().call_later(0.1, controller.abort)
try:
    await js.fetch(url + "/silent", options(signal=controller.signal))
except Exception as error:
    print(error.name)
controller = js.AbortController.new()
response = await js.fetch(url + "/slow", options(signal=controller.signal))
reader = response.body.getReader()
print((await reader.read()).value.to_bytes())
asyncio.get_running_loop().call_later(0.1, controller.abort)
try:
    await reader.read()
except Exception as error:
    print(error.name)

bodies = await asyncio.gather(*[pyfetch(f"{url}/echo?{n}", method="POST", body=str(n)) for n in range(100)])
print(sorted([await body.text() for body in bodies]) == sorted(f"POST {len(str(n))} {n}" for n in range(100)))
many = await asyncio.gather(*[pyfetch(f"{url}/nowhere", redirect="error") for n in range(100)])
print({body.status for body in many})
