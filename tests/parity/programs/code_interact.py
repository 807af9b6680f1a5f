import code
value = 3
code.interact(local=dict(value=value), banner="B", exitmsg="X")
