"""What is asked or told in front of the table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Footer, Input, Label, SelectionList, Static
from textual.widgets.selection_list import Selection

Answer = TypeVar("Answer")


# A key that ends something is acted on before the next one is looked at, so that what is typed
# ahead goes where it would have gone later.
priority_key = partial(Binding, priority=True)


async def wait_for_keys(widget: Widget) -> None:
    """Wait until `widget` has taken the keys that were typed before."""
    taken = asyncio.Event()
    widget.call_later(taken.set)
    await taken.wait()


class Dialog(ModalScreen[Answer]):
    """Takes all keys."""

    def on_mount(self) -> None:
        """Have what is typed ahead go to the field."""
        for field in self.query(Input):
            self.set_focus(field)


class Question(Dialog[str | None]):
    """Asks for a line of text; None if the user would rather not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("enter", "answer", "Answer"),
        priority_key("escape", "dismiss(None)", "Cancel"),
    ]

    def __init__(self, question: str, answer: str = "") -> None:
        super().__init__()
        self._question, self._answer = question, answer

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            yield Input(self._answer, compact=True, select_on_focus=False)

    async def action_answer(self) -> None:
        field = self.query_one(Input)
        await wait_for_keys(field)
        self.dismiss(field.value)


class Confirmation(Dialog[bool]):
    """Asks whether something is to be done: only `y` means yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("y", "dismiss(True)", "Yes"),
        priority_key("n,escape,enter,q", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._text = "\n".join([*lines, "", f"{question} (y/N)"])

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._text, markup=False)


class ColumnChoice(NamedTuple):
    """What the user wants to see: headers that are not, and a further column if there is one."""

    hidden: frozenset[str]
    added: str | None = None


class ColumnPicker(Dialog[ColumnChoice | None]):
    """Shows all columns to choose from; a further one may be named."""

    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("escape,c,q", "done", "Done"),
        priority_key("a", "add", "Add a column"),
    ]

    def __init__(self, header: Sequence[str], hidden: frozenset[str]) -> None:
        super().__init__()
        self._header, self._hidden = header, hidden

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Columns: space shows or hides, 'a' adds one, Escape ends", markup=False)
            yield SelectionList(
                *(
                    Selection(name.replace("[", "\\["), name, name not in self._hidden)
                    for name in self._header
                ),
                compact=True,
            )

    async def action_done(self) -> None:
        await wait_for_keys(self.query_one(SelectionList))
        self.dismiss(ColumnChoice(self._now_hidden()))

    async def action_add(self) -> None:
        def add(spec: str | None) -> None:
            if spec:
                self.dismiss(ColumnChoice(self._now_hidden(), spec))

        question = "Column, such as =lr, .user, max acc, loss step as steps:"
        await self.app.push_screen(Question(question), add)

    def _now_hidden(self) -> frozenset[str]:
        shown = self.query_one(SelectionList).selected
        return (self._hidden | frozenset(self._header)) - frozenset(shown)


class TextPage(Dialog[None]):
    """A text to read, with a title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("escape,q,enter", "dismiss", "Back"),
        Binding("up,k", "scroll('up')", show=False),
        Binding("down,j", "scroll('down')", show=False),
        Binding("pageup", "scroll('page_up')", show=False),
        Binding("pagedown,space", "scroll('page_down')", show=False),
        Binding("home,g", "scroll('home')", show=False),
        Binding("end,G", "scroll('end')", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        yield Static(self._title, markup=False, classes="title")
        with VerticalScroll():
            yield Static(self._text, markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def action_scroll(self, where: str) -> None:
        getattr(self.query_one(VerticalScroll), f"scroll_{where}")(animate=False)
