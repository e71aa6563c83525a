"""Our image with numpy and pandas, which some figures are about."""

import sys

from launch import launch, say
from places import ROOT, V8PY

NAME = "numpy,pandas"
FETCH = ROOT / "tests/packages/fetch.py"


def distribution():
    """The folder of a distribution of Pyodide."""
    fetched = launch([sys.executable, FETCH])
    if fetched.exit_code:
        raise RuntimeError(fetched.errors.strip() or "the packages could not be fetched")
    return fetched.output.splitlines()[-1]


def build(*where):
    """Makes it, in the user's store unless `where` says otherwise; the milliseconds that took."""
    folder = distribution()
    say(f"making the image {NAME} …")
    return timed("image", "build", "--with", NAME, "--packages-from", folder, *where)


def ensure():
    if launch([V8PY, "image", "info", NAME]).exit_code:
        build()


def timed(*words):
    ended = launch([V8PY, *words])
    if ended.exit_code:
        raise RuntimeError(ended.errors.strip())
    return ended.milliseconds
