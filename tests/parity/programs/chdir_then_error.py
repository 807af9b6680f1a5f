import os, sys, linecache
value = 3
os.mkdir("d"); os.chdir("d")
sys.stderr.write("x\n")
def f(): return {}["k"]
f()
