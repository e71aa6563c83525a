import sys
import urllib.request
from pyodide.http import pyfetch

url = sys.argv[1]
try:
    print(len(urllib.request.urlopen(url + "/big/2").read()), end=" ")
    print(len(urllib.request.urlopen(url + "/echo", bytes((1 << 20) - 100)).read()) < 100, end=" ")
    with urllib.request.urlopen(url + "/big/1") as response:
        print(len(response.read()), "beyond")
except OSError as error:
    print(error)
try:
    response = await pyfetch(url + "/big/1")
    await response.js_response.arrayBuffer()
    print("and more")
except Exception as error:
    print(str(error)[-30:])
