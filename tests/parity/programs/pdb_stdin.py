import pdb
value = 3
print("start")
pdb.set_trace()
print("end")
