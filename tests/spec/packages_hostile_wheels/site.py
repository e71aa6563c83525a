import unicodedata


def hostile(name, files=None, make=None, **options):
    """A wheel whose module says that it runs, with what is hostile about it beside."""
    own = {f"{name}.py": "print('it runs')\n"} | (files or {})
    pair = wheel(name, "1.0", own, **options)
    project(name, (pair[0], make(pair[1])) if make else pair)


def entry(*arguments, **options):
    return lambda archive: put(archive, *arguments, **options)


def promise(data, path):
    """A file that would be within the caps for one, and not beside another one."""
    return changed_directory(data, path, {"compressed": 4 << 20, "size": 600 << 20})


# Paths.
hostile("path1", {"../../outside.txt": "x"})
hostile("path2", {"/outside.txt": "x"})
hostile("path3", {"C:\\outside.txt": "x"})
hostile("path4", {"C:/outside.txt": "x"})
hostile("path5", {"a/../../../../outside.txt": "x"})
hostile("path6", {"a\\..\\b": "x"})
hostile("path7", {"a" * 4096: "x"})
hostile("path8", {"d/" * 100 + "f": "x"})
hostile("path9", {"a//b": "x"})
hostile("path10", {"./a": "x"})
hostile("path11", {"a\nb": "x"})
hostile("nul", {"a_NUL_.txt": "x", "b_NUL_/../../../outside": "x"}, make=lambda data: data.replace(b"_NUL_", b"_\0UL_"))
# One name for two files.
hostile("case", {"Data.txt": "x", "data.TXT": "x"})
hostile("form", {unicodedata.normalize("NFC", "é.txt"): "x", unicodedata.normalize("NFD", "é.txt"): "x"})
hostile("below", {"a": "x", "a/b": "x"})
hostile("twice", change=entry("twice.py", "print('the second')"))
hostile("moved", {"moved/__init__.py": "print('it runs')", "moved-1.0.data/purelib/moved/__init__.py": "print('the second')"})
# What is no file.
hostile("link", change=entry("link.txt", "/etc/passwd", mode=0o120777))
hostile("device", change=entry("null", "", mode=0o020666))
hostile("secret", make=lambda data: changed_directory(data, "secret.py", {"flags": 1}))
# Sizes.
hostile("many", {f"many{i}": "" for i in range(29_996)})
hostile("toomany", {f"many{i}": "" for i in range(29_998)})
hostile("large", change=lambda archive: [zeros(archive, f"zeros{i}", 1) for i in range(30)])
hostile("bomb", change=lambda archive: zeros(archive, "zeros", 20))
hostile("bombs", {"a.txt": "x", "b.txt": "x"}, make=lambda data: promise(promise(data, "a.txt"), "b.txt"))
hostile("short", make=lambda data: changed_directory(data, "short.py", {"size": 5}))
hostile("long", make=lambda data: changed_directory(data, "long.py", {"size": 5000}))
hostile("over", {"over.txt": "x" * 100}, make=lambda data: changed_directory(data, "over.txt", {"offset": 0}))
hostile("torn", make=lambda data: data[: len(data) // 2])
hostile("flipped", {"flipped.txt": "0123456789" * 50}, make=lambda data: flip(data, b"flipped.txt", 0xFF))
hostile("unpressed", {"unpressed.txt": "0123456789" * 50}, make=lambda data: flip(data, b"unpressed.txt", 0b100))
hostile("garbage", make=lambda data: b"garbage" * 100)
hostile("empty", make=lambda data: b"")
hostile("dirsize", make=lambda data: changed_directory(data, "dirsize.py", {"compressed": 0xFFFFFF}))
# Sources that no compiler likes.
hostile("deep", {"deep_a.py": "(" * 5000 + ")" * 5000, "deep_b.py": "-" * 100_000 + "1", "deep_c.py": "x = " + "[" * 150 + "]" * 150,
                 "deep_d.py": b"\0\xff", "deep_e.py": "x" + ".a" * 3000})  # fmt: skip
hostile("deepest", {"deep.py": "1+" * 100_000 + "1"})
# What it says of itself.
hostile("lies1", says=("honest", "1.0"))
hostile("lies2", says=("lies2", "2.0"))
hostile("lies3", wheel_tag="cp313-cp313-linux_x86_64")
hostile("lies5", wheel_tag="cp313-none-any")
hostile("lies4", make=lambda data: data.replace(b"lies4-1.0.dist-info/WHEEL", b"lies4-1.0.dist-info/OTHER"))
