"""What keys and terminal signals do to a script that has a terminal from us."""

from __future__ import annotations

import contextlib
import os
import signal

from guild.ops.process import process_tree
from guild.ops.process.streams import Streams
from guild.ops.process.supervisor import Supervisor


def terminal_signals(streams: Streams) -> tuple[signal.Signals, ...]:
    """The signals to be handled for `streams`, beside those that ask to stop."""
    if streams.own_session:
        return (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
    # The script in our process group is stopped and continued by the shell, as we are.
    return (signal.SIGWINCH,)


class JobControl:
    """Passes keys on from our terminal to the script's, and acts as a shell's job does:
    Ctrl-Z stops the script and us, `fg` continues both, a new window size is is_notified.

    Ctrl-C and Ctrl-\\ reach the script as in any terminal. They also count as asking the
    run to stop, with the kill delay, unless the script reads keys rather than lines (a
    debugger's prompt, an editor) then or when the delay is over, or the user types on.
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
        """Whether we are in the background of the terminal, without a signal for its end."""
        return self._keyboard is not None and not self._keyboard.active

    def readers(self) -> list[int]:
        """The descriptors to call `keys` for when they can be read."""
        keyboard = self._keyboard
        if keyboard is None or self._supervisor.wait_status is not None:
            return []
        if not keyboard.active:
            keyboard.engage()
        return [keyboard.fd] if keyboard.active and not keyboard.has_pending else []

    def writers(self) -> list[int]:
        """The descriptors to call `keys` for when they can be written."""
        return [self._ptys[0].master] if self._keyboard and self._keyboard.has_pending else []

    def keys(self, pressed: bool) -> None:
        """Take keys, if some were `pressed`, and pass on what waits."""
        assert self._keyboard is not None
        pty = self._ptys[0]
        data = self._keyboard.read() if pressed else b""
        meaning = pty.key_signal(data)
        read_lines = pty.reads_lines()
        self._keyboard.pass_on()
        if meaning == signal.SIGTSTP:
            self._suspend()
        elif meaning and read_lines:
            group = pty.foreground()
            self._supervisor.request_stop(
                meaning,
                is_notified=lambda pid: process_tree.process_group(pid) == group,
                may_kill=pty.reads_lines,
            )
        elif data:
            self._supervisor.withdraw_stop()

    def _resize(self) -> None:
        for pty in self._ptys:
            pty.resize()

    def _suspend(self) -> None:
        """Stop the script and ourselves, until we are continued.

        The script's session has no shell that would continue it, so the system does not
        stop it for Ctrl-Z; what it does itself on SIGTSTP, it has done.
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
            with contextlib.suppress(OSError):  # to be drawn again
                os.killpg(pty.foreground(), signal.SIGWINCH)

    def _resume(self) -> None:
        if self._keyboard is not None:
            self._keyboard.engage()
        self._resize()
