import inspect
import traceback

value = 3


def deep():
    for info in inspect.stack():
        print(info.function, info.lineno, info.code_context)
    traceback.print_stack()
    print(len(traceback.extract_stack()), value)


deep()
