import os, pathlib, shutil, tempfile

with open("data/text", "w") as file:
    print("first second", file=file)
print(open("data/text").read(), end="")
with open("data/text", "r+b") as file:
    file.seek(6)
    word = file.read(6)
    print(file.seek(0, 2) + 2, word)
with open("data/text", "a") as file:
    file.write("third\n")
os.chmod("data/text", 0o644)
file = pathlib.Path("data/changed")
print(file.write_text("new") and file.read_text(), os.write(os.open(file, os.O_WRONLY | os.O_APPEND), b"x" * 20))
file.write_bytes(b"overwritten")
print(file.read_bytes())
with open(file, "r+b") as opened:
    opened.truncate(2)
    opened.seek(0)
    text = opened.read()
    os.ftruncate(opened.fileno(), 3)
    size = os.path.getsize(file)
    os.truncate(file, 5)
    opened.seek(0)
    print((text, size, opened.read()))
file.write_bytes(b"123456789")
os.chmod(file, 0o640)
os.utime(file, (1e9, 1e9 + 0.5))
os.mkdir("data/folder")
for name in "ab":
    open(f"data/folder/{name}", "w").write(name)
    os.chmod(f"data/folder/{name}", 0o644)
for wrong in lambda: open("data/text", "x"), lambda: os.rmdir("data/folder"), lambda: open("data/missing/x", "w"):
    try:
        wrong()
    except OSError as error:
        print(error)
print(sorted(map(str, pathlib.Path("data/folder").iterdir())))
open("data/old", "w").write("here")
os.mkdir("data/away")
os.rename("data/old", "data/away/new")
os.rename("data/away", "data/gone")
print(open("data/gone/new").read(), os.path.exists("data/away"), os.path.exists("data/gone"))
os.remove("data/gone/new")
os.rmdir("data/gone")
with open("data/short", "w+b") as file:
    file.write(b"kept")
    file.flush()
    os.remove("data/short")
    file.seek(0)
    print(file.read(), os.fstat(file.fileno()).st_nlink, os.path.exists("data/short"))
with tempfile.TemporaryFile(dir="data") as file:
    file.write(b"temporary")
    file.seek(0)
    print(file.read())
with tempfile.NamedTemporaryFile(dir="data"), tempfile.TemporaryDirectory(dir="data"):
    pass
open("/tmp/mine", "w").write("moved there and back")
shutil.move("/tmp/mine", "data/theirs")
shutil.move("data/theirs", "/tmp/mine")
print(open("/tmp/mine").read())
