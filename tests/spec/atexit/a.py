import atexit
atexit.register(print, "exit")
class C:
    def __del__(self, print=print): print("del")
c = C()
print("end")
