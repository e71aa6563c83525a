"""Python's side of v8py. `v8py.compat` has the names of mcp-run-python; it needs the program `v8py`."""

__version__ = "0.1.0"
