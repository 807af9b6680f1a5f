import os, sys
value = 3
if not os.environ.get("AGAIN"):
    os.environ["AGAIN"] = "1"
    sys.stdout.flush()
    os.execv(sys.executable, sys.orig_argv)
print("again", sys.argv)
