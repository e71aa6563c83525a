"""Where the program `v8py` is, and the words that start its MCP server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

# This file is <prefix>/share/v8py/python/v8py/program.py, unless pip has installed it.
_BESIDE = Path(__file__).resolve().parent / "../../../../bin/v8py"


def find_program() -> str:
    """The program: the variable V8PY's, or this installation's, or the one on PATH."""
    if wanted := os.environ.get("V8PY"):
        if found := shutil.which(wanted):
            return found
        raise FileNotFoundError(f"V8PY is {wanted!r}, which is not a program")
    if os.access(_BESIDE, os.X_OK):
        return str(_BESIDE.resolve())
    if found := shutil.which("v8py"):
        return found
    raise FileNotFoundError("the program v8py is not on PATH: add its folder, or set V8PY to its path")


def package_words(dependencies: Sequence[str] | None) -> list[str]:
    # Not one comma-separated word: "pandas>=2,<3" is one package.
    return [f"--with={dependency}" for dependency in dependencies or ()]


def server_words(
    mode: str,
    *,
    dependencies: Sequence[str] | None = None,
    return_mode: str = "xml",
    allow_networking: bool = True,
    http_port: int | None = None,
) -> list[str]:
    """The arguments of `v8py`. `mode` as mcp-run-python's functions have it: with underscores."""
    words = ["mcp", mode.replace("_", "-"), f"--return-mode={return_mode}", *package_words(dependencies)]
    # Without it nothing is allowed, and a caller's own --allow-net=HOST still counts.
    words += ["--allow-net=*"] if allow_networking else []
    if http_port is not None:
        if not mode.startswith("streamable"):
            raise ValueError("a port is for the modes streamable_http and streamable_http_stateless")
        words.append(f"--port={http_port}")
    return words
