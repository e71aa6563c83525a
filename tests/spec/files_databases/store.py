import csv, mmap, os, sqlite3, zipfile

base = sqlite3.connect("data/db")
base.execute("create table t(x)")
for i in range(100):
    base.execute("insert into t values(?)", (i,))
    base.commit()
print(base.execute("select sum(x) from t").fetchall())
base.execute("insert into t values(1)")
base.rollback()
base.close()
base = sqlite3.connect("file:data/db?mode=ro", uri=True)
try:
    base.execute("delete from t")
except sqlite3.OperationalError as error:
    print(base.execute("select sum(x) from t").fetchall(), type(error).__name__)
base.close()
with open("data/memory", "wb") as file:
    file.write(b"0" * 10000)
with open("data/memory", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
    memory[4:9] = b"hello"
    memory.flush()
print(open("data/memory").read(10))
with open("data/large", "w+b") as file:
    file.truncate(60_000_000)
    file.seek(50_000_000)
    file.write(b"middle")
    file.flush()
    with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        print(memory[50_000_000:50_000_006], len(memory))
os.remove("data/large")
with open("data/table.csv", "w", newline="") as file:
    csv.writer(file).writerows([[1, "a,b"], [2, "ü"]])
print(list(csv.reader(open("data/table.csv", newline=""))))
with zipfile.ZipFile("data/archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("x", "y" * 100_000)
print(zipfile.ZipFile("data/archive.zip").read("x")[:3])
