import csv, glob, mmap, os, pathlib, zipfile

print(open("data/text").read(), end="")
with open("data/text", "rb", buffering=0) as file:
    file.seek(1)
    is_ = os.fstat(file.fileno())
    print(file.read(4), is_.st_size, oct(os.stat("data/text").st_mode), is_.st_mtime, os.stat("data/text").st_ino == is_.st_ino)
print(sorted(os.listdir("data")))
print(sorted((entry.name, entry.is_dir()) for entry in os.scandir("data")))
print(sorted(map(str, pathlib.Path("data").rglob("*"))))
print([(folder, sorted(folders), sorted(files)) for folder, folders, files in os.walk("data")])
print(list(csv.DictReader(open("data/sub/table.csv", newline=""))))
print(zipfile.ZipFile("data/archive.zip").read("text"))
print(os.readlink("data/link"), open("data/link").read(), end="")
with open("data/text", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
    print(memory[:5], len(memory))
print(sorted(glob.glob("data/[st]*")))
os.chdir("data/sub")
print(os.getcwd(), os.listdir())
print(os.path.getsize("table.csv"))
