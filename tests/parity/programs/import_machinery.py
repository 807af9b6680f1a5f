import sys

value = 3
print(sorted(set(sys.modules) & {"guild", "yaml", "click", "ast", "pdb", "runpy", "typing"}))
print(sys.path_hooks[0].__name__, len(sys.path_importer_cache) < 20, value)
