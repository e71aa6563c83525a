import os, pathlib, shutil


def refused(action):
    try:
        action()
    except PermissionError as error:
        print(f"PermissionError: {error.filename}")
    except shutil.Error as error:
        print("Error" if "secret" in str(error) else error)


shutil.copytree("data/tree", "data/copy", symlinks=True)
print(sorted(str(path.relative_to("data/copy")) for path in pathlib.Path("data/copy").rglob("*")))
print(os.readlink("data/copy/a/b/link"), open("data/copy/a/b/link").read() == "1\n")
shutil.rmtree("data/copy")
shutil.rmtree("data/tree")
refused(lambda: shutil.rmtree("data/kept"))
refused(lambda: os.rename("data/kept", "data/moved"))
os.mkdir("data/empty")
refused(lambda: os.rename("data/kept", "data/empty"))
os.rmdir("data/empty")
refused(lambda: os.rename("data/kept/secret", "data/moved"))
refused(lambda: shutil.move("data", "/tmp/data"))
refused(lambda: shutil.copytree("data/kept", "/tmp/copy"))
