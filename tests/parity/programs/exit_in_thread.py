import sys
import threading

value = 3
thread = threading.Thread(target=sys.exit, args=(value,))
thread.start()
thread.join()
print("main goes on", value)
