"""OpenTelemetry's own definition of what a line of `v8py mcp --telemetry` may be.

Its messages come from the package index as generated code: opentelemetry-proto, and protobuf (its wheel
without native code) to read JSON by them. Both are fetched by pip into third_party/otlp, by their SHA-256.
"""

import base64
import json
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

from schemas import ROOT, Invalid, download

TARGET = ROOT / "third_party" / "otlp"
PACKAGES = {
    "opentelemetry-proto==1.45.2": "03a7ca1b43f89fd5b965d5975902bb2515c0c86e2428b456836e9a6149c6235a",
    "protobuf==7.36.2": "bdb3a345d48db958e6ce1f18e508beb0cc981d64f24088427549c866cd039f1e",
}
PINS = "pins.json"  # what the folder was filled with
IDS = ("traceId", "spanId", "parentSpanId")


def ensure():
    """The folder, after it was filled."""
    if (TARGET / PINS).is_file() and json.loads((TARGET / PINS).read_text()) == PACKAGES:
        return TARGET
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".otlp-") as work:
        folder = pathlib.Path(work, "unpacked")
        for package, digest in PACKAGES.items():
            with zipfile.ZipFile(download(package, digest, work)) as archive:
                archive.extractall(folder)
        (folder / PINS).write_text(json.dumps(PACKAGES))
        # The folder appears whole or not at all.
        shutil.rmtree(TARGET, ignore_errors=True)
        folder.rename(TARGET)
    return TARGET


def messages():
    """TracesData, MetricsData, and what reads JSON."""
    folder = str(ensure())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
    from google.protobuf import json_format
    from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    return TracesData, MetricsData, json_format


def with_base64(value):
    """The same with identifiers as protobuf has bytes in JSON, where OTLP has hexadecimal digits."""
    if isinstance(value, list):
        return [with_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(bytes.fromhex(item)).decode() if name in IDS else with_base64(item)
        for name, item in value.items()
    }


def read(line):
    """A line as a message; Invalid for what is none, or has a member that OTLP does not know."""
    traces, metrics, json_format = messages()
    value = json.loads(line)
    kind = {("resourceSpans",): traces, ("resourceMetrics",): metrics}.get(tuple(value))
    if not kind:
        raise Invalid(f"neither spans nor metrics: {line[:200]}")
    try:
        return json_format.ParseDict(with_base64(value), kind(), ignore_unknown_fields=False)
    except json_format.ParseError as error:
        raise Invalid(f"no {kind.__name__} of OTLP: {error}") from None


def attributes(thing):
    """Of a span, a point or a resource, as a dictionary."""
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in thing.attributes}
