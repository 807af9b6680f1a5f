import time

seconds = 60
print("sleeping", flush=True)
time.sleep(seconds)
