import locale, sys, os
value = 3
print(locale.getlocale(), locale.getpreferredencoding(), sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), sys.getdefaultencoding())
print("é€😀", value, "\udc80".encode("utf8", "surrogateescape"))
print("\udc80")
