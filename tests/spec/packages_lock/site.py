project("tulip", wheel("tulip", "1.0"), wheel("tulip", "2.0", requires=["rose"]))
project("rose", wheel("rose", "1.0"), wheel("rose", "1.1"))
import os
os.makedirs("own")
for name in ("moss",):
    pair = wheel(name, "1.0")
    open(f"own/{pair[0]}", "wb").write(pair[1])
