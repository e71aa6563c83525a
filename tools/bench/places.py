"""Where things are."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
V8PY = ROOT / "build/bin/v8py"
LIBRARY = ROOT / "build/lib/libv8py.so"
PEERS = ROOT / ".cache/peers"
HISTORY = HERE / "history.jsonl"
