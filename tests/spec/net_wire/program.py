import http.client
import sys

import js
from pyodide.ffi import to_js
from pyodide.http import pyfetch

port = int(sys.argv[1])
url = f"http://127.0.0.1:{port}"
forbidden = {
    "Host": "evil", "Content-Length": "3", "Transfer-Encoding": "chunked", "Proxy-Authorization": "x", "Connection": "upgrade",
    "Expect": "100-continue", "TE": "trailers", "Via": "x", "X-Fine": "yes",
}  # fmt: skip
await pyfetch(url + "/fetch", headers=forbidden)
request = js.XMLHttpRequest.new()
request.open("POST", url + "/xhr", False)
for name, value in forbidden.items():
    request.setRequestHeader(name, value)
request.send("body")
connection = http.client.HTTPConnection("127.0.0.1", port)
del forbidden["Transfer-Encoding"]
connection.request("PUT", "/client", b"bodyGET /smuggled HTTP/1.1\r\n\r\n", forbidden)
connection.getresponse().read()
connection = http.client.HTTPConnection("127.0.0.1", port)
http.client._is_legal_header_name = http.client._is_illegal_header_value = lambda text: text != b"X" and False
http.client._is_legal_header_name = lambda text: True
connection.putrequest("GET", "/lines", skip_host=True, skip_accept_encoding=True)
connection.putheader("X", "a\r\nHost: evil\r\nY: b")
connection.endheaders()
connection.getresponse().read()
for name, value in ("X", "a\r\nHost: evil"), ("X\r\nHost", "evil"), ("X", "a\0b"):
    try:
        await pyfetch(url + "/no", headers={name: value})
        print("sent")
    except Exception as error:
        print(type(error).__name__)
