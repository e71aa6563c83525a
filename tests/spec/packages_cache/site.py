import os

project("tulip", wheel("tulip", "1.0", requires=["rose"]), wheel("tulip", "2.0a1"))
project("rose", wheel("rose", "1.0"))
project("moss", wheel("moss", "1.0", {"moss.py": os.urandom(200_000).hex().join(["x = '", "'\n"])}))
project("fern", wheel("fern", "1.0"))
