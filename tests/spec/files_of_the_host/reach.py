import sys

for path in sys.argv[1:]:
    try:
        open(path, "rb").read(1)
        print("read")
    except FileNotFoundError:
        print("not found")
    except PermissionError:
        print("refused")
    except OSError as error:
        assert error.errno == 8  # no descriptor of this number
        print("not found")
