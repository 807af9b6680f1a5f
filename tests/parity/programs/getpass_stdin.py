import getpass, warnings
value = 3
warnings.simplefilter("ignore")
print(repr(getpass.getpass("pw: ")), value)
