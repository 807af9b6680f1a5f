import contextvars

value = 3
var = contextvars.ContextVar("var", default=value)
print(len(contextvars.copy_context()))
var.set(5)
print(var.get(), contextvars.copy_context().run(var.get))
