project("tulip", wheel("tulip", "1.0", {
    "tulip/__init__.py": "from . import part",
    "tulip/part.py": "where = __file__",
    "tulip/__main__.py": "import sys; print('the main program of tulip', sys.argv[1:], __spec__.name)",
    "tulip/tool.py": "if __name__ == '__main__': print('a tool')",
    "tulip/data/table.csv": "a,b\n1,2\n",
    "tulip/data/bytes.bin": bytes(range(256)) * 3000,
    "tulip/empty.txt": "",
    "tulip/constructor": "a file with a name of JavaScript's",
    "tulip/__proto__/toString": "another",
    "tulip-1.0.data/purelib/beside.py": "x = 'from purelib'",
    "tulip-1.0.data/data/share/outside.txt": "x",
    "tulip-1.0.data/scripts/tulip": "#!python\n",
    "tulip-1.0.dist-info/entry_points.txt": "[console_scripts]\ntulip = tulip:main\n",
}))  # fmt: skip
# One namespace, two wheels.
project("rose", wheel("rose", "1.0", {"garden/rose.py": "name = 'rose'", "garden/both/a.py": ""}))
project("moss", wheel("moss", "1.0", {"garden/moss.py": "name = 'moss'", "garden/both/b.py": ""}))
# With files of __pycache__ of its own: of another Python, and with something else inside.
project("fern", wheel("fern", "1.0", {"fern.py": "version = 'source'", "__pycache__/fern.cpython-39.pyc": b"\x61\r\r\n" + bytes(12),
        "__pycache__/fern.cpython-314.pyc": b"nothing of Python's", "fern2.py": "version = 2"}))  # fmt: skip
# What would be run, or taken for another module, in an ordinary site-packages.
project("weed", wheel("weed", "1.0", {
    "weed.py": "", "weed.pth": "import sys; print('a .pth file runs')", "sitecustomize.py": "print('sitecustomize runs')",
    "usercustomize.py": "print('usercustomize runs')", "json.py": "print('a json of its own')", "js.py": "print('a js of its own')",
    "json/__init__.py": "print('a json of its own')", "_v8py.py": "print('an _v8py of its own')", "pyodide/__init__.py": "print('a pyodide of its own')",
    "encodings/__init__.py": "print('encodings of its own')", "micropip.py": "print('a micropip of its own')",
    "_v8py_host.py": "print('a _v8py_host of its own')", "os.py": "print('an os of its own')",
    "weed-1.0.data/data/lib/python3.14/json/__init__.py": "print('data of its own')",
    "weed-1.0.data/platlib/random.py": "print('a random of its own')"}))  # fmt: skip
project("bark", wheel("bark", "1.0", {"bark/__init__.py": "", "bark/native.cpython-314-wasm32-emscripten.so": b"\0asm garbage" * 100},
        tag="cp314-cp314-pyemscripten_2026_0_wasm32"))  # fmt: skip
