import os, pathlib, tempfile

print(os.getcwd(), tempfile.gettempdir(), pathlib.Path.home())
os.chdir("data")
print(os.getcwd(), os.path.exists("../data"))
os.umask(0)
open("everybody", "w").close()
os.close(os.open("mine", os.O_CREAT | os.O_WRONLY, 0o600))
os.close(os.open("program", os.O_CREAT | os.O_WRONLY))
open("changed", "w").close()
os.chmod("changed", 0o666)
os.chdir("/")
print(os.getcwd(), os.path.exists("/home/guest/data/mine"))
try:
    os.chroot("/tmp")
except (AttributeError, OSError):
    print(os.path.exists("/home"))
