import sys
value = 3
ev = []
def tr(fr, e, a):
    if fr.f_code.co_filename == __file__: ev.append((e, fr.f_lineno, fr.f_code.co_name))
    return tr
def f(x):
    y = x + value
    return y
sys.settrace(tr); f(1); sys.settrace(None)
print(ev)
