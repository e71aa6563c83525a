import sys

import requests

url = sys.argv[1]


def attempt(what, *args, **kwargs):
    try:
        return what(*args, **kwargs)
    except Exception as e:
        cause = e
        while cause.__context__ is not None:
            cause = cause.__context__
        print(type(e).__name__, "from", type(cause).__name__, str(cause)[:100])


response = requests.get(url + "/hello", params={"a": "b c"})
print(response.status_code, response.text, response.url.removeprefix(url), response.elapsed.total_seconds() >= 0)
response = requests.get(url + "/gzip")
print(len(response.content), response.headers["content-type"])
response = requests.get(url + "/redirect/302/hello")
print(response.text, [r.status_code for r in response.history])
print(requests.get(url + "/redirect/302/hello", allow_redirects=False).status_code)
print(requests.head(url + "/hello").headers["content-length"])
print(requests.get(url + "/status/404").ok)
attempt(requests.get(url + "/status/500").raise_for_status)

print(requests.post(url + "/echo", data=b"x" * 3_000_000).text[:20])
print(requests.put(url + "/echo", json={"a": [1, 2]}).text)
print(requests.post(url + "/echo", data=(b"part " for _ in range(1000))).text[:14])
print(requests.post(url + "/echo", files={"file": ("name.txt", b"content")}).status_code)

with requests.get(url + "/big/20", stream=True) as response:
    print(sum(map(len, response.iter_content(100_000))))
with requests.get(url + "/big/20", stream=True) as response:
    print(len(next(response.iter_content(10))))  # and no more of it
with requests.Session() as session:
    session.headers["X-Test"] = "yes"
    session.get(url + "/cookie")
    print([line for line in session.get(url + "/headers").text.splitlines() if line[0] in "cx" and "connection" not in line])

attempt(requests.get, url + "/silent", timeout=0.3)
attempt(requests.get, url + "/slow", timeout=(3, 0.3))
attempt(requests.get, url + "/cut")
attempt(requests.get, "http://127.0.0.1:9/", timeout=5)
attempt(requests.get, "http://example.com/")
attempt(requests.get, "http://no.such.host.invalid/")
print("on", requests.get(url + "/hello").text)
