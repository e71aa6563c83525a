import os, socket, struct, sys, time

def connect():
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    client.connect(sys.argv[1])
    return client

held = []
for rubbish in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(100000), struct.pack("<I", 2**31), b"\4\0\0\0ta"):
    client = connect()
    client.send(rubbish)
    held.append(client)
refused = 0
for i in range(1000):
    try:
        client = connect()
    except OSError:
        refused += 1
        continue
    if i % 3 == 0:
        client.send(struct.pack("<I", 4) + b"take")  # and never reads
    held.append(client)
print("thousand", refused, flush=True)
time.sleep(600)
