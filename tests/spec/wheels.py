"""Makes wheels for tests, good ones and hostile ones, without any library."""

import hashlib
import io
import struct
import zipfile


def metadata(name, version, requires=(), extras=(), lines=()):
    text = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    text += [f"Requires-Dist: {requirement}" for requirement in requires]
    text += [f"Provides-Extra: {extra}" for extra in extras]
    return "\n".join([*text, *lines]) + "\n"


def wheel(name, version, files=None, tag="py3-none-any", *, requires=(), extras=(), says=None, wheel_tag=None,
          change=None):  # fmt: skip
    """A wheel as (file name, bytes). `files`: path → text or bytes, by default a module that knows its
    version. `says`: METADATA's name and version, for one that lies. `change(archive)` adds to it."""
    module = name.replace("-", "_")
    files = {f"{module}.py": f"version = {version!r}\n"} if files is None else files
    info = f"{module}-{version}.dist-info"
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            put(archive, path, content)
        if change:
            change(archive)
        put(archive, f"{info}/METADATA", metadata(*(says or (name, version)), requires, extras))
        put(archive, f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {wheel_tag or tag}\n")
        put(archive, f"{info}/RECORD", "".join(f"{path},,\n" for path in archive.namelist()))
    return f"{module}-{version}-{tag}.whl", archive_bytes.getvalue()


def put(archive, path, content, mode=0o100644):
    """An entry with just this path: writestr() would tidy it."""
    info = zipfile.ZipInfo("x", (2020, 1, 1, 0, 0, 0))
    info.filename = path
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def zeros(archive, path, megabytes):
    """A file of zeros, which is pressed to a thousandth."""
    info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w") as out:
        for _ in range(megabytes):
            out.write(bytes(1 << 20))


def changed_directory(data, path, change):
    """The bytes of an archive with one field of the central directory's entry for `path` changed:
    change = {"flags" | "compressed" | "size" | "offset": value}. The local header stays."""
    places = {"flags": (8, "<H"), "compressed": (20, "<I"), "size": (24, "<I"), "offset": (42, "<I")}
    data = bytearray(data)
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if bytes(data[at + 46 : at + 46 + length]) != path.encode():
            continue
        for field, value in change.items():
            offset, form = places[field]
            struct.pack_into(form, data, at + offset, value)
        return bytes(data)
    raise ValueError(f"no entry {path}")


def flip(data, marker, by=1):
    """With the first byte after `marker` changed."""
    at = data.index(marker) + len(marker)
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def sha256(data):
    return hashlib.sha256(data).hexdigest()
