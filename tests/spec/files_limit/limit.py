import errno, os, sys

folder = sys.argv[1]
file = os.open(f"{folder}/file", os.O_RDWR | os.O_CREAT)


def write(size, at=None):
    try:
        if at is not None:
            os.lseek(file, at, 0)
        return os.write(file, bytes(size))
    except OSError as error:
        return errno.errorcode[error.errno]


def truncate():
    try:
        os.truncate(file, 2_000_000)
    except OSError as error:
        return errno.errorcode[error.errno]


under = write(900_000)
while isinstance(write(100_000), int):
    pass
print(f"{folder}: under {under}, over {write(100_000)}, seek {write(1, 1 << 40)}, truncate {truncate()}", end="")
os.truncate(file, 0)
print(f", later {write(10, 0)}")
