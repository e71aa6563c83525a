"""Makes a pack of a wheel: what it installs, in one file that can be mounted without unpacking.

The host runs this in a sandbox of its own, as a wheel may be hostile: it is at /in, the pack goes to
/out/pack. What is said of it is one object of JSON on standard output: {"name", "version", "files",
"bytes"}, or {"error"}.

A pack is the bytes of all files, one after another, then an index as JSON, then a trailer of 32 bytes:
the index's offset and size as 16 hexadecimal digits each. The host seals it after that.
Index: {"name", "version", "files": [[path, offset, size], …], "libraries": bool}. Paths are below
site-packages, or, of libraries, below /usr/lib.
"""

import email.parser
import itertools
import json
import lzma
import marshal
import os
import py_compile
import re
import stat
import sys
import unicodedata
import zipfile
import zlib

MAX_FILES = 30_000
MAX_BYTES = 1 << 30
MAX_NAME = 1024
MAX_DEPTH = 64
# Text and zeros are pressed to a hundredth; a bomb to a thousandth and less.
MAX_RATIO = 200
TRAILER = 32


class BadWheel(Exception):
    pass


def main():
    try:
        told = _pack(*sys.argv[1:])
    except OSError as error:  # the disk is full
        told = {"error": error.strerror or str(error)}
    except (BadWheel, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError) as error:
        told = {"error": str(error) or type(error).__name__}
    print(json.dumps(told))


def _pack(file_name, kind="wheel"):
    archive = zipfile.ZipFile("/in")
    entries = _entries(archive)
    name, version = "", ""
    if kind == "wheel":
        name, version = _check_metadata(archive, entries, file_name)
    index = {"name": name, "version": version, "files": [], "libraries": kind == "libraries"}
    with open("/out/pack", "wb") as out:
        writer = _Writer(archive, out, index["files"])
        for path, entry in entries.items():
            target = _target(path) if kind == "wheel" else path
            if target:
                writer.add(target, entry)
        text = json.dumps(index, separators=(",", ":")).encode()
        out.write(text)
        out.write(b"%016x%016x" % (writer.offset, len(text)))
    return {"name": name, "version": version, "files": len(index["files"]), "bytes": writer.offset}


def _entries(archive):
    """The files of the archive by their paths, each checked."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise BadWheel(f"it has {len(infos)} entries; at most {MAX_FILES} are accepted")
    entries, seen = {}, {}
    total = 0
    for info in infos:
        path = info.filename
        _check_path(path)
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadWheel(f"'{path}' is neither a file nor a folder")
        if info.flag_bits & 1:
            raise BadWheel(f"'{path}' is encrypted")
        if info.is_dir():
            continue
        # Where letters of another case or another form are the same, one would hide the other.
        same = unicodedata.normalize("NFC", path).casefold()
        if same in seen:
            raise BadWheel(f"'{path}' and '{seen[same]}' have the same name")
        seen[same] = path
        total += info.file_size
        if info.file_size > 1 << 20 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise BadWheel(f"'{path}' grows from {info.compress_size} to {info.file_size} bytes")
        entries[path] = info
    if total > MAX_BYTES:
        raise BadWheel(f"it holds {total} bytes; at most {MAX_BYTES} are accepted")
    # A file that is a folder of another's, too.
    for path in entries:
        parts = path.split("/")
        for i in range(1, len(parts)):
            if "/".join(parts[:i]) in entries:
                raise BadWheel(f"'{path}' is below a file")
    return entries


def _check_path(path):
    parts = path.removesuffix("/").split("/")
    bad = (
        len(path) > MAX_NAME
        or len(parts) > MAX_DEPTH
        or "\\" in path
        or any(ord(c) < 32 or ord(c) == 127 for c in path)
        or any(part in ("", ".", "..") for part in parts)
        or re.match(r"[A-Za-z]:", path)
    )
    if bad:
        shown = path[:200].encode("unicode_escape").decode()
        raise BadWheel(f"'{shown}' is no path of a file that can be installed")


def _check_metadata(archive, entries, file_name):
    """Name and version of the wheel, which its file's name, METADATA and WHEEL agree on."""
    name, version, *_, python, abi, platform = _parse_name(file_name)
    folders = {path.split("/")[0] for path in entries if path.split("/")[0].endswith(".dist-info")}
    own = [f for f in folders if _normal(f.removesuffix(".dist-info").rpartition("-")[0]) == _normal(name)]
    if len(own) != 1:
        raise BadWheel(f"it has no folder {name}-{version}.dist-info")
    texts = {}
    for file in ("METADATA", "WHEEL"):
        if f"{own[0]}/{file}" not in entries:
            raise BadWheel(f"it has no {own[0]}/{file}")
        texts[file] = email.parser.Parser().parsestr(archive.read(f"{own[0]}/{file}").decode("utf-8"))
    said = (texts["METADATA"]["Name"] or "", texts["METADATA"]["Version"] or "")
    if _normal(said[0]) != _normal(name) or _normal_version(said[1]) != _normal_version(version):
        raise BadWheel(f"its file says {name} {version}, its METADATA {said[0]} {said[1]}")
    # As the file has it: a wheel for another Python or platform would fail later, and less clearly.
    tag = f"{python}-{abi}-{platform}"
    said = texts["WHEEL"].get_all("Tag", [])
    if said and not set().union(*map(_tags, said)) & _tags(tag):
        raise BadWheel(f"its file says that it is for {tag}, its WHEEL {', '.join(sorted(said))}")
    return said_name(texts, name), version


def _tags(text):
    """py2.py3-none-any is two."""
    return set(itertools.product(*(part.split(".") for part in text.strip().split("-"))))


def said_name(texts, name):
    return texts["METADATA"]["Name"] or name


def _parse_name(file_name):
    parts = file_name.removesuffix(".whl").split("-")
    if len(parts) not in (5, 6):
        raise BadWheel(f"'{file_name}' is no name of a wheel")
    return parts


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _normal_version(version):
    return re.sub(r"[-_.]+", ".", version).lower()


def _target(path):
    """Where a file of a wheel goes below site-packages; None: nowhere."""
    top, _, rest = path.partition("/")
    if not top.endswith(".data"):
        return path
    scheme, _, rest = rest.partition("/")
    # "data" is for the prefix: what it puts beside site-packages is Python's own, and stays so.
    return rest if scheme in ("purelib", "platlib") and rest else None


class _Writer:
    def __init__(self, archive, out, files):
        self.archive, self.out, self.files = archive, out, files
        self.offset = 0
        self.paths = set()

    def add(self, path, info):
        data = self._read(info)
        self._put(path, data)
        if path.endswith(".py"):
            self._compile(path, data)

    def _read(self, info):
        # Not more than it says, whatever comes.
        with self.archive.open(info) as file:
            data = file.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise BadWheel(f"'{info.filename}' is not as long as it says")
        return data

    def _put(self, path, data):
        if path in self.paths:
            return
        self.paths.add(path)
        self.files.append([path, self.offset, len(data)])
        self.out.write(data)
        self.offset += len(data)

    def _compile(self, path, source):
        """What an import would make of it, so that none has to. A source that does not compile (a
        template, a test of a parser) stays as it is."""
        folder, _, file = path.rpartition("/")
        name = f"{file.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
        target = f"{folder}/__pycache__/{name}" if folder else f"__pycache__/{name}"
        shown = f"/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/{path}"
        try:
            code = marshal.dumps(compile(source, shown, "exec", dont_inherit=True, optimize=0))
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return
        # PEP 552: by the source's hash, which is not checked.
        head = _MAGIC + (0b01).to_bytes(4, "little") + _source_hash(source)
        self._put(target, head + code)


_MAGIC = py_compile.importlib.util.MAGIC_NUMBER
_source_hash = py_compile.importlib.util.source_hash
