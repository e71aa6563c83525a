import http.cookiejar
import os
import pathlib
import sys
import urllib.request

from pyodide.http import pyfetch, pyxhr

url = sys.argv[1]
host = url.removeprefix("http://")
pathlib.Path.home().joinpath(".netrc").write_text("machine 127.0.0.1 login me password secret\n")
pathlib.Path.home().joinpath(".curlrc").write_text('proxy = "http://127.0.0.1:1"\n')
os.environ["http_proxy"] = os.environ["HTTPS_PROXY"] = "http://127.0.0.1:1"
os.environ["SSL_CERT_FILE"] = os.environ["CURL_CA_BUNDLE"] = "/home/guest/.netrc"
print("authorization" in await (await pyfetch(url + "/headers")).text(), "authorization" in pyxhr.get(url + "/headers").text)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(b"authorization" in opener.open(url + "/headers").read())
jar = http.cookiejar.CookieJar()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
opener.open(url + "/cookie")
print("a program's own cookies:", b"cookie: a=b" in opener.open(url + "/headers").read())
# The proxy that urllib finds in the program's environment is asked for by name, and is not used.
print(urllib.request.urlopen(url + "/hello").read())
