import sys

value = 3
print(sys.gettrace(), sys.getprofile())
events = []


def trace(frame, event, argument):
    if frame.f_code.co_filename == __file__:
        events.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace


def traced():
    x = value
    return x


sys.settrace(trace)
traced()
sys.settrace(None)
print(events)
