project("tulip", wheel("tulip", "1.0", requires=["rose>=1", "moss; extra == 'more'", "oak; python_version < '3'", "fern; python_version >= '3'"], extras=["more"]))
project("rose", wheel("rose", "1.0"), wheel("rose", "2.0"))
project("fern", wheel("fern", "1.0"))
project("moss", wheel("moss", "1.0"))
import os
os.makedirs("own")
for pair in (wheel("daisy", "1.0", requires=["rose>=1; python_version >= '3'", "moss; extra == 'x'", "oak; sys_platform == 'win32'"], extras=["x"]),
             wheel("json", "1.0", {"json.py": "print('the guest has its own')", "tool/__init__.py": ""}),
             wheel("lily", "1.0", {"lily.py": "import micropip_data", "../../../../outside.txt": "x"})):
    open(f"own/{pair[0]}", "wb").write(pair[1])
