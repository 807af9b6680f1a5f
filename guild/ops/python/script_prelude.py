"""What runs in a script's process before the script's first line.

Never imported: `compile_script` puts the code of this file into the compiled
script as its first statement, `exec(THIS, {"main": globals(), "settings": ...})`.
It makes the process the one that `python SCRIPT` would have been and is gone,
frames and names, when the script begins. At every start it uses only what each
interpreter has loaded by then; annotations are quoted, since `__future__` is not.
"""

import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

main: "dict[str, Any]" = globals()["main"]  # the script's globals
settings: "dict[str, Any]" = marshal.loads(globals()["settings"])  # noqa: S302  # what `compile_script` says


def become_the_script(main: "dict[str, Any]") -> None:
    main["__file__"] = settings["file"]
    loaders = sys.modules["_frozen_importlib_external"]
    main["__loader__"] = loaders.SourceFileLoader("__main__", settings["file"])
    main["__cached__"] = None


def become_the_process() -> None:
    sys.argv[0] = settings["argv0"]
    sys.orig_argv[1:] = settings["orig_argv"]
    folder = settings["compiled"].rpartition("/")[0]
    if sys.path and sys.path[0] == folder:  # else PYTHONSAFEPATH
        sys.path[0] = settings["path0"]
    for path in (settings["compiled"], folder):
        sys.path_importer_cache.pop(path, None)
    # A line at a time reaches guild as it is printed. `-u` would do so too, but
    # writes text and line end one by one (twice the calls, lines of several
    # processes torn) and takes the buffer from under sys.stdout.buffer.
    out: Any = sys.stdout
    if out is not None and not out.line_buffering and not out.write_through:
        out.reconfigure(line_buffering=True)


def become_the_module(main: "dict[str, Any]", name: str) -> None:
    """What `python -m` does: import the parents first, then stand for the module."""
    parent = name.rpartition(".")[0]
    path = None
    if parent:
        __import__(parent)
        path = sys.modules[parent].__path__
    spec = sys.modules["_frozen_importlib"]._find_spec(name, path)
    main.update(
        __spec__=spec,
        __package__=parent,
        __loader__=spec.loader,
        __cached__=spec.cached,
    )


def end_without_our_frames(error: Exception) -> None:
    """Tell an error of the user's own as if nothing of ours were beneath it."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == namespace.__code__.co_filename:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    raise SystemExit(1)


def show_compiler_warnings() -> None:
    import builtins
    import warnings

    try:
        for text, category, line in settings["warnings"]:
            warnings.warn_explicit(text, getattr(builtins, category), settings["file"], line)
    except Warning:  # an error here: the interpreter is to tell it, as one of syntax
        posix.execv(sys.executable, [sys.executable, "-u", *settings["orig_argv"]])


def remove_compiled() -> None:
    try:  # noqa: SIM105  # contextlib may not be loaded
        posix.unlink(settings["compiled"])
    except OSError:
        pass  # the run directory may be gone, too


def remove_compiled_at_exit() -> None:
    """The compiled script goes with its process; forked ones leave it to that."""
    import atexit

    owner = posix.getpid()

    def remove() -> None:
        if posix.getpid() == owner:
            remove_compiled()

    atexit.register(remove)


class ScriptAgain:
    """A meta path finder that has the compiled script, which has the flags' values, run where
    Python would run the file that `__file__` names once more.

    That is a spawned worker, for which it watches for the modules that start them, and an
    import of the script by its name (`from train import lr` in a module of the project).
    """

    code: "Any" = None

    STARTERS = (
        "multiprocessing.spawn",
        "joblib.externals.loky.backend.spawn",
        "loky.backend.spawn",
        "multiprocess.spawn",
    )

    @classmethod
    def install(cls, code: "Any") -> None:
        cls.code = code
        for name in cls.STARTERS:
            if name in sys.modules:
                cls.redirect(sys.modules[name])
        sys.meta_path.insert(0, cls)

    @classmethod
    def find_spec(cls, name: str, path: "Any" = None, target: "Any" = None) -> "Any":
        starter = name in cls.STARTERS
        if not starter and not settings["file"].endswith(f"/{name.rpartition('.')[2]}.py"):
            return None
        for finder in sys.meta_path:
            if finder is not cls and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if starter:
                        cls.watch(spec.loader)
                    elif spec.origin == settings["file"]:
                        loader: Any = spec.loader
                        loader.get_code = lambda _name: cls.code
                    return spec
        return None

    @classmethod
    def watch(cls, loader: "Any") -> None:
        exec_module = loader.exec_module

        def exec_and_redirect(module: "ModuleType") -> None:
            del loader.exec_module
            exec_module(module)
            cls.redirect(module)

        loader.exec_module = exec_and_redirect

    @classmethod
    def redirect(cls, module: "ModuleType") -> None:
        """Show the module's `get_preparation_data` another `__main__`.

        The function is made anew with a `sys` of its own instead of being
        wrapped: it raises for users' mistakes, and no frame of ours may be in that.
        """
        function = module.get_preparation_data

        class System(type(sys)):  # type: ignore[misc]
            def __getattr__(self, name: str) -> "Any":
                return getattr(sys, name)

        system = System("sys")
        main_module = namespace({"__spec__": None, "__file__": settings["compiled"]})
        system.modules = {"__main__": main_module}
        redirected = type(function)(
            function.__code__, {**function.__globals__, "sys": system}, function.__name__
        )
        redirected.__defaults__ = function.__defaults__
        redirected.__kwdefaults__ = function.__kwdefaults__
        module.get_preparation_data = redirected  # type: ignore[attr-defined]


def namespace(tree: "dict[str, Any]") -> "Any":
    """A nested dict as nested `types.SimpleNamespace`."""
    items = {name: namespace(v) if type(v) is dict else v for name, v in tree.items()}
    return type(sys.implementation)(**items)


if main["__name__"] == "__main__":
    become_the_script(main)
    become_the_process()
    if settings["changed"]:  # workers run it again
        remove_compiled_at_exit()
    else:
        remove_compiled()
    if settings["module"]:
        sys.argv[0] = "-m"  # as the parents see it
        try:
            become_the_module(main, settings["module"])
        except Exception as error:  # whatever a parent package raises
            end_without_our_frames(error)
        sys.argv[0] = settings["argv0"]
    if settings["warnings"]:
        show_compiler_warnings()
elif main["__name__"] == "__mp_main__":  # in a spawned worker
    become_the_script(main)
    sys.argv[0] = settings["file"]
    if settings["module"]:
        become_the_module(main, settings["module"])
if settings["changed"] and main["__name__"] in ("__main__", "__mp_main__"):
    ScriptAgain.install(sys._getframe(1).f_code)
main.update(settings["start"])
for name, tree in settings["start_namespaces"].items():
    main[name] = namespace(tree)
del main  # what stays (`ScriptAgain`) must not keep the script's globals alive at exit
