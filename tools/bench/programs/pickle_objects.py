"""pickle of objects, and a pure-Python packer of the same data: bytes, struct, recursion."""

import pickle
import struct


def rows(count):
    return [{"id": i, "name": f"row {i}", "at": (i * 1.5, -i), "ok": i % 2 == 0, "raw": bytes([i % 256] * 9)}
            for i in range(count)]


def pack(value, out):
    if isinstance(value, bool):
        out.append(b"T" if value else b"F")
    elif isinstance(value, int):
        out.append(struct.pack("<cq", b"i", value))
    elif isinstance(value, float):
        out.append(struct.pack("<cd", b"f", value))
    elif isinstance(value, (str, bytes)):
        data = value.encode() if isinstance(value, str) else value
        out.append(struct.pack("<cI", b"s" if isinstance(value, str) else b"b", len(data)) + data)
    elif isinstance(value, (list, tuple)):
        out.append(struct.pack("<cI", b"l", len(value)))
        for item in value:
            pack(item, out)
    else:
        out.append(struct.pack("<cI", b"d", len(value)))
        for key, item in value.items():
            pack(key, out)
            pack(item, out)


def unpack(data, at):
    kind = data[at]
    if kind in b"TF":
        return kind == 84, at + 1
    if kind in b"if":
        return struct.unpack_from("<q" if kind == 105 else "<d", data, at + 1)[0], at + 9
    size, = struct.unpack_from("<I", data, at + 1)
    at += 5
    if kind in b"sb":
        raw = data[at : at + size]
        return (raw.decode() if kind == 115 else raw), at + size
    items = []
    for _ in range(size if kind == 108 else size * 2):
        item, at = unpack(data, at)
        items.append(item)
    return (items if kind == 108 else dict(zip(items[::2], items[1::2]))), at


def run():
    data = rows(600)
    for _ in range(6):
        data = pickle.loads(pickle.dumps(data, protocol=4))
    out = []
    pack(data, out)
    packed = b"".join(out)
    back, end = unpack(packed, 0)
    return [len(packed), end, back[-1]["name"], back[-1]["at"][0], back[-1]["ok"]]
