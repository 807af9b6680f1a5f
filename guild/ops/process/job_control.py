"""Keys and terminal signals for a script that runs in a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import signal

from guild.ops.process import process_tree
from guild.ops.process.streams import Streams
from guild.ops.process.supervisor import Supervisor


def terminal_signals(streams: Streams) -> tuple[signal.Signals, ...]:
    """Return the signals to handle for `streams` in addition to stop requests."""
    if streams.own_session:
        return (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
    # The shell stops and continues a script in our process group together with us.
    return (signal.SIGWINCH,)


class JobControl:
    """Passes keys from our terminal to the script's and behaves like a shell job.

    Ctrl-Z stops the script and us, `fg` continues both, and a new window size is passed on.

    Ctrl-C and Ctrl-\\ reach the script as in any terminal. They also request the run to
    stop, with the kill delay. The request is dropped if the user types on, or if the script
    reads single keys (as an editor or a debugger does) now or when the delay is over.
    """

    def __init__(self, streams: Streams, supervisor: Supervisor) -> None:
        self._keyboard = streams.keyboard
        self._ptys = [source.pty for source in streams.sources if source.pty]
        self._supervisor = supervisor
        supervisor.handlers.update(
            {
                signal.SIGWINCH: self._resize,
                signal.SIGTSTP: self._suspend,
                signal.SIGCONT: self._resume,
            }
        )

    @property
    def waits_for_foreground(self) -> bool:
        """Return whether to poll for our move to the foreground, which no signal reports."""
        return self._keyboard is not None and not self._keyboard.active

    def readers(self) -> list[int]:
        """Return the descriptors that become readable when keys were pressed."""
        keyboard = self._keyboard
        if keyboard is None or self._supervisor.wait_status is not None:
            return []
        if not keyboard.active:
            keyboard.engage()
        return [keyboard.fd] if keyboard.active and not keyboard.has_pending else []

    def writers(self) -> list[int]:
        """Return the descriptors that become writable when pending keys can be passed on."""
        return [self._ptys[0].master] if self._keyboard and self._keyboard.has_pending else []

    def pass_on_keys(self, read_new: bool) -> None:
        """Pass pending keys on to the script, after reading new ones if `read_new`."""
        assert self._keyboard is not None
        pty = self._ptys[0]
        data = self._keyboard.read() if read_new else b""
        number = pty.key_signal(data)
        was_reading_lines = pty.reads_lines()
        self._keyboard.pass_on()
        if number == signal.SIGTSTP:
            self._suspend()
        elif number and was_reading_lines:
            group = pty.foreground_group()
            self._supervisor.request_stop(
                number,
                is_notified=lambda pid: process_tree.process_group(pid) == group,
                may_kill=pty.reads_lines,
            )
        elif data:
            self._supervisor.withdraw_stop()

    def _resize(self) -> None:
        for pty in self._ptys:
            pty.resize()

    def _suspend(self) -> None:
        """Stop the script and this process until the shell continues us.

        The system does not stop the script on Ctrl-Z, since no shell in its session could
        continue it. Its own SIGTSTP handler has already run at this point.
        """
        if self._keyboard is not None:
            self._keyboard.release()
        stopped = self._supervisor.tree()
        process_tree.send_signal(signal.SIGSTOP, stopped)
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._resume()
        process_tree.send_signal(signal.SIGCONT, stopped)
        for pty in self._ptys:
            with contextlib.suppress(OSError):  # makes the script redraw its screen
                os.killpg(pty.foreground_group(), signal.SIGWINCH)

    def _resume(self) -> None:
        if self._keyboard is not None:
            self._keyboard.engage()
        self._resize()
