"""Dialogs in front of the table."""

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


# Priority bindings act before the next key is dispatched. So keys that are typed ahead reach the
# widget that they would reach when typed slowly.
priority_key = partial(Binding, priority=True)


async def wait_for_keys(widget: Widget) -> None:
    """Wait until `widget` has handled the keys typed so far."""
    handled = asyncio.Event()
    widget.call_later(handled.set)
    await handled.wait()


class Dialog(ModalScreen[Answer]):
    """A screen that receives all keys."""

    def on_mount(self) -> None:
        """Focus the input field, so that it receives keys typed ahead."""
        for field in self.query(Input):
            self.set_focus(field)


class Question(Dialog[str | None]):
    """A prompt for a line of text, None if canceled."""

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
    """A yes/no prompt that only `y` confirms."""

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
    """The hidden columns, by header, and optionally the specification of a new column."""

    hidden: frozenset[str]
    added: str | None = None


class ColumnPicker(Dialog[ColumnChoice | None]):
    """A list of columns to show or hide, with a prompt for a new one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        priority_key("escape,c,q", "done", "Done"),
        priority_key("a", "add", "Add column"),
    ]

    def __init__(self, header: Sequence[str], hidden: frozenset[str]) -> None:
        super().__init__()
        self._header, self._hidden = header, hidden

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Columns: Space shows or hides, 'a' adds one, Escape closes", markup=False)
            yield SelectionList(
                *(
                    Selection(name.replace("[", "\\["), name, name not in self._hidden)
                    for name in self._header
                ),
                compact=True,
            )

    async def action_done(self) -> None:
        await wait_for_keys(self.query_one(SelectionList))
        self.dismiss(ColumnChoice(self._hidden_headers()))

    async def action_add(self) -> None:
        def add(spec: str | None) -> None:
            if spec:
                self.dismiss(ColumnChoice(self._hidden_headers(), spec))

        question = "Add column (e.g. =lr, .user, max acc, loss step as steps):"
        await self.app.push_screen(Question(question), add)

    def _hidden_headers(self) -> frozenset[str]:
        visible = self.query_one(SelectionList).selected
        return (self._hidden | frozenset(self._header)) - frozenset(visible)


class TextPage(Dialog[None]):
    """A page of text with a title."""

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

    def action_scroll(self, target: str) -> None:
        getattr(self.query_one(VerticalScroll), f"scroll_{target}")(animate=False)
