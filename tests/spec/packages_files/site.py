import os

os.makedirs("links")
os.makedirs("own")


def save(folder, pair):
    with open(f"{folder}/{pair[0]}", "wb") as out:
        out.write(pair[1])


save("links", wheel("tulip", "1.0"))
save("links", wheel("tulip", "2.0", requires=["rose"]))
save("links", wheel("fern", "1.0", tag="cp313-cp313-pyemscripten_2026_0_wasm32"))
save("own", wheel("rose", "3.0"))
save("own", wheel("moss", "1.0", requires=["rose"]))
save("own", wheel("oak", "1.0", tag="cp313-cp313-linux_x86_64"))
save("own", ("broken-1.0-py3-none-any.whl", b"no archive"))
save("own", ("nowheel.whl", b"no archive"))
os.symlink("../own/moss-1.0-py3-none-any.whl", "links/moss-1.0-py3-none-any.whl")
open(b"links/\xff.whl", "w").close()
project("rose", wheel("rose", "1.0"))
project("tulip", wheel("tulip", "9.0"))
