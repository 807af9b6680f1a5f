import fileinput, sys
value = 3
for l in fileinput.input(files=["-"]): print(fileinput.filename(), fileinput.lineno(), repr(l))
