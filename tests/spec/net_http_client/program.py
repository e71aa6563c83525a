import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
for method, body in ("GET", None), ("POST", b"one"), ("PUT", "two"), ("PATCH", iter([b"th", b"ree"])):
    connection.request(method, "/echo", body, {"X-Mine": "yes"})
    response = connection.getresponse()
    print(response.status, response.reason, response.version, response.read())
connection.putrequest("POST", "/echo")
connection.putheader("Content-Length", "7")
connection.endheaders()
connection.send(b"by ")
connection.send(b"hand")
print(connection.getresponse().read())
connection.request("HEAD", "/hello")
response = connection.getresponse()
print(response.getheader("content-length"), response.getheader("X-A"), response.read(), response.isclosed())
connection.request("GET", "/big/3")
response = connection.getresponse()
buffer = bytearray(1_000_000)
print(response.readinto(buffer), len(response.peek(10)) > 0, len(response.read1(100)), len(response.read()))
for name, value in ("X", "a\r\nHost: evil"), ("X\r\nHost", "evil"), ("X", "a\nb"):
    try:
        connection.request("GET", "/hello", headers={name: value})
    except ValueError as error:
        print(error)
    connection.close()
for target in "/a b", "/a\r\nHost: evil":
    try:
        connection.request("GET", target)
    except http.client.InvalidURL as error:
        print(type(error).__name__)
    connection.close()
connection.set_tunnel("example.com")
try:
    connection.request("GET", "/")
except OSError as error:
    print(error.strerror)
