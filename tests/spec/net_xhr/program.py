import asyncio
import sys

import js
from pyodide.ffi import create_proxy
from pyodide.http import pyxhr

url = sys.argv[1]
response = pyxhr.get(url + "/hello")
print(response.status_code, response.text, response.headers["x-a"])
print(pyxhr.post(url + "/echo", data="text").text)
print(pyxhr.put(url + "/echo", json={"a": 1}).text)
print(len(pyxhr.get(url + "/big/2").content), pyxhr.get(url + "/redirect/302/hello").text, pyxhr.get(url + "/status/404").status_code)

request = js.XMLHttpRequest.new()
request.open("GET", url + "/silent", False)
request.timeout = 200
try:
    request.send()
except Exception as error:
    print(error.name, request.readyState)


async def events(path, timeout=0, abort=False):
    request = js.XMLHttpRequest.new()
    seen = []
    over = asyncio.get_running_loop().create_future()
    for name in "loadstart", "readystatechange", "load", "error", "timeout", "abort", "loadend":
        setattr(request, "on" + name, create_proxy(lambda event: seen.append(f"{event.type} {request.readyState}")))
    request.addEventListener("loadend", create_proxy(lambda event: over.set_result(None)))
    request.open("GET", url + path)
    request.timeout = timeout
    request.send()
    if abort:
        asyncio.get_running_loop().call_later(0.2, lambda: request.abort())
    await over
    print(", ".join(seen), "|", request.status, request.responseText[:5])


await events("/hello")
await events("/silent", timeout=200)
await events("/silent", abort=True)
await events("/cut")
