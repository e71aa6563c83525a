"""An index that takes connections and says nothing: what waits for it ends when it is told to, long
before the index is given up."""

import os
import signal
import socket
import subprocess

server = socket.create_server(("127.0.0.1", 0))
command = ["v8py", "exec", "--index-url", f"http://127.0.0.1:{server.getsockname()[1]}/index"]
os.environ |= {"V8PY_CACHE": os.getcwd() + "/cache", "PIP_CONFIG_FILE": "/dev/null"}


def start(*options):
    return subprocess.Popen(command + list(options), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def end(process):
    try:
        errors = process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return "waits for the index"
    return process.returncode, "".join(line for line in errors.splitlines(True)[-1:] if "…" not in line)[:40]


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    process = start("--with", "tulip", "-c", "1")
    taken = server.accept()
    process.send_signal(number)
    print(number.name, end(process))
process = start("--allow-packages=*", "--timeout", "3s", "-c", "import micropip; await micropip.install('tulip')")
taken = server.accept()
print("a limit, in micropip", end(process))
print("left unfinished:", sum(not name.endswith(".lock") for name in os.listdir("cache/drafts")))
