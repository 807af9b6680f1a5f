"""Code that runs in a script's process before the script's first line.

It is never imported. `compile_script` inserts this file's code as the first statement of
the compiled script, `exec(THIS, {"main": globals(), "settings": ...})`. It makes the
process look like `python SCRIPT` and leaves no frames or names behind.

It normally uses only modules that every interpreter has loaded at that point. Annotations
are quoted because `__future__` is not among them.
"""

import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

main: "dict[str, Any]" = globals()["main"]  # the script's globals
settings: "dict[str, Any]" = marshal.loads(globals()["settings"])  # noqa: S302  # from `compile_script`


def adopt_script_identity(main: "dict[str, Any]") -> None:
    main["__file__"] = settings["file"]
    loaders = sys.modules["_frozen_importlib_external"]
    main["__loader__"] = loaders.SourceFileLoader("__main__", settings["file"])
    main["__cached__"] = None


def adopt_process_arguments() -> None:
    sys.argv[0] = settings["argv0"]
    sys.orig_argv[1:] = settings["orig_argv"]
    folder = settings["compiled"].rpartition("/")[0]
    if sys.path and sys.path[0] == folder:  # false with PYTHONSAFEPATH
        sys.path[0] = settings["path0"]
    for path in (settings["compiled"], folder):
        sys.path_importer_cache.pop(path, None)
    # Line buffering passes each line to Guild as it is printed. `-u` does so too, but
    # writes a line and its end separately, which doubles the calls and mixes lines of
    # several processes. It also removes the buffer of sys.stdout.buffer.
    out: Any = sys.stdout
    if out is not None and not out.line_buffering and not out.write_through:
        out.reconfigure(line_buffering=True)


def adopt_module_identity(main: "dict[str, Any]", name: str) -> None:
    """Import the parent packages, then take the module's identity, as `python -m` does."""
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


def report_without_prelude_frames(error: Exception) -> None:
    """Report an error in the user's code without the frames of this prelude, and exit."""
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
    except Warning:  # warnings are errors: let the interpreter report it like a syntax error
        posix.execv(sys.executable, [sys.executable, "-u", *settings["orig_argv"]])


def remove_compiled() -> None:
    try:  # noqa: SIM105  # contextlib may not be imported
        posix.unlink(settings["compiled"])
    except OSError:
        pass  # the run directory may have been deleted, too


def remove_compiled_at_exit() -> None:
    """Remove the compiled script when this process, not a forked child, exits."""
    import atexit

    owner = posix.getpid()

    def remove() -> None:
        if posix.getpid() == owner:
            remove_compiled()

    atexit.register(remove)


class ScriptReloader:
    """A meta path finder that reuses the compiled script where Python would load its file again.

    Only the compiled script has the flag values. Python loads the file again in spawned
    workers, so the modules that start these are redirected. It also loads it when another
    module imports the script by name (`from train import lr`).
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
        """Make the module's `get_preparation_data` see the compiled script as `__main__`.

        The function is copied with a separate `sys` instead of being wrapped. It raises
        for user errors, and the traceback must not contain frames of this file.
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
    """Convert a nested dict to nested `types.SimpleNamespace` objects."""
    items = {name: namespace(v) if type(v) is dict else v for name, v in tree.items()}
    return type(sys.implementation)(**items)


if main["__name__"] == "__main__":
    adopt_script_identity(main)
    adopt_process_arguments()
    if settings["changed"]:  # keep the file for workers
        remove_compiled_at_exit()
    else:
        remove_compiled()
    if settings["module"]:
        sys.argv[0] = "-m"  # the value during the import of parent packages
        try:
            adopt_module_identity(main, settings["module"])
        except Exception as error:  # raised by a parent package
            report_without_prelude_frames(error)
        sys.argv[0] = settings["argv0"]
    if settings["warnings"]:
        show_compiler_warnings()
elif main["__name__"] == "__mp_main__":  # in a spawned worker
    adopt_script_identity(main)
    sys.argv[0] = settings["file"]
    if settings["module"]:
        adopt_module_identity(main, settings["module"])
if settings["changed"] and main["__name__"] in ("__main__", "__mp_main__"):
    ScriptReloader.install(sys._getframe(1).f_code)
main.update(settings["start"])
for name, tree in settings["start_namespaces"].items():
    main[name] = namespace(tree)
del main  # `ScriptReloader` must not keep the script's globals alive at exit
