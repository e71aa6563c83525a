import time
print("first")
time.sleep(0.6)
print("second")
