import os

project("tulip", wheel("tulip", "1.0", requires=["rose"]), wheel("tulip", "2.0"))
project("rose", wheel("rose", "1.5"))
os.makedirs("wheels", exist_ok=True)
name, data = wheel("rose", "2.0")
with open(f"wheels/{name}", "wb") as out:
    out.write(data)
