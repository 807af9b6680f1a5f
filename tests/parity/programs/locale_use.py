import locale
import sys

value = 3
print(locale.getlocale(), locale.getpreferredencoding(False), sys.getfilesystemencoding(), value)
