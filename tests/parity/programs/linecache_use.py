import linecache

value = 3
print(repr(linecache.getline(__file__, 3)) != "", repr(linecache.getline(__file__, 1)))
linecache.checkcache()
print(len(linecache.getlines(__file__)), value)
