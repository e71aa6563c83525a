#!/usr/bin/env python3
"""Installs and imports popular packages of the Python index, each in an interpreter of its own, and prints a
table of what works, what does not, and why. Needs the index; takes minutes. Not a part of the test run: what
an index has changes.

Usage: popular.py [--v8py PROGRAM] [--packages-from FOLDER] [NAME…]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Of the most downloaded, those that people import: package, then module where its name is another.
PACKAGES = """
aiohttp annotated-types anyio arrow asgiref attrs babel:babel beautifulsoup4:bs4 bleach boto3 botocore cachetools
certifi cffi charset-normalizer:charset_normalizer click cloudpickle colorama coverage cryptography cython:Cython
dask decorator defusedxml deprecated dill distro django docutils et-xmlfile:et_xmlfile exceptiongroup faker fastapi
filelock flask fsspec google-auth:google.auth grpcio:grpc h11 httpcore httpx idna importlib-metadata:importlib_metadata
jinja2 jmespath joblib jsonschema lxml mako markdown markupsafe matplotlib more-itertools:more_itertools msgpack
multidict mypy-extensions:mypy_extensions networkx nltk numpy oauthlib openai openpyxl orjson packaging pandas
pathspec pillow:PIL platformdirs pluggy plotly polars protobuf:google.protobuf psutil psycopg2-binary:psycopg2
pyarrow pyasn1 pycparser pydantic pygments pyjwt:jwt pyparsing pytest python-dateutil:dateutil
python-dotenv:dotenv pytz pyyaml:yaml redis regex requests rich rsa s3transfer scikit-learn:sklearn scipy seaborn
setuptools six sniffio soupsieve sqlalchemy statsmodels sympy tabulate tenacity tensorflow tokenizers tomli
toolz torch tqdm typer typing-extensions:typing_extensions tzdata urllib3 uvicorn websockets werkzeug wrapt xlsxwriter
xmltodict yarl zipp zstandard
""".split()


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line or line.startswith("v8py:")]
    return (errors or lines or ["?"])[-1][:150]


def try_one(v8py, options, name, module, environment):
    code = f"import {module}, importlib.metadata as m; print(m.version({name!r}))"
    began = time.monotonic()
    done = subprocess.run(
        [v8py, "exec", "--timeout", "60s", *options, "--with", name, "-c", code],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode == 0:
        return "works", done.stdout.strip(), seconds
    why = last_line(done.stderr)
    kind = "no wheel" if "no wheel" in done.stderr or "there is no package" in done.stderr else "fails"
    return kind, why, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--v8py", default=ROOT / "build/bin/v8py")
    parser.add_argument("--packages-from", default=None)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    options = ["--packages-from", arguments.packages_from] if arguments.packages_from else []
    counts = {}
    with tempfile.TemporaryDirectory(prefix="v8py-popular-") as cache:
        environment = os.environ | {"V8PY_CACHE": cache}
        for entry in PACKAGES:
            name, _, module = entry.partition(":")
            if arguments.names and name not in arguments.names:
                continue
            kind, what, seconds = try_one(arguments.v8py, options, name, module or name.replace("-", "_"), environment)
            counts[kind] = counts.get(kind, 0) + 1
            print(f"{name:24} {kind:9} {seconds:5.1f} s  {what}", flush=True)
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))


if __name__ == "__main__":
    sys.exit(main())
