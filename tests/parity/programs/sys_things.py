import sys, os
value = 3
print(sys.argv, sys.orig_argv[1:], sys.path[0] == os.path.dirname(os.path.abspath(__file__)), len(sys.path), sys.executable, sys.prefix)
print(sys.flags, sys.warnoptions, sys._xoptions, sys.dont_write_bytecode, sys.pycache_prefix)
print([type(m) if not isinstance(m, type) else m for m in sys.meta_path] if value == 3 else "", sys.path_hooks)
print(sorted(k for k in sys.path_importer_cache if "guild" in k))
print(os.listdir("."), os.getcwd() == os.path.dirname(os.path.abspath(__file__)), os.path.abspath(__file__) == __file__) if 0 else None
