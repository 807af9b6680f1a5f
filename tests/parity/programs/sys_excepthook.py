import sys

value = 3


def hook(kind, error, trace):
    print("hook:", kind.__name__, error, trace.tb_lineno, trace.tb_frame.f_back, trace.tb_next)


sys.excepthook = hook
raise ValueError(value)
