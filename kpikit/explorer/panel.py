"""Panel: the widgets, each with a label that is read aloud; it knows what is chosen and shows what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from kpikit.explorer.page import STYLE

WIDE = {"description_width": "6.5rem"}
#: what is chosen from a list: name -> label and what it does
CHOSEN = {
    "kpi": ("KPI", "The KPI that is looked at"),
    "variant": ("Variant", "Which published or declared reading of it"),
    "window": ("Window", "What it is counted over"),
    "only": ("Segment", "Which segment is looked at"),
    "first": ("From", "The first period that is looked at"),
    "last": ("To", "The last period that is looked at"),
}
SHOWN = ("status", "tried", "verdict", "figure", "checks", "message")


class Panel:
    """All widgets of the view, in the order in which they are reached by the keyboard."""

    def __init__(self, figures: Sequence[str]) -> None:
        box = widgets.Layout(width="22rem")
        self.chosen = {
            name: widgets.Dropdown(description=label, tooltip=says, style=WIDE, layout=box)
            for name, (label, says) in CHOSEN.items()
        }
        says = "The day of the change: type it, or move it by the buttons beside it"
        self.changed_on = widgets.DatePicker(description="Change date", tooltip=says, style=WIDE, layout=box)
        self.earlier = _button("Earlier", "Moves the date of the change to the first day of the period before", "arrow-left")
        self.later = _button("Later", "Moves the date of the change to the first day of the next period", "arrow-right")
        self.figure = widgets.Dropdown(
            options=figures, description="Figure", tooltip="Which figure is drawn", style=WIDE, layout=box
        )
        says = "Tables and checks stay open while other things are chosen"
        self.unfolded = widgets.Checkbox(description="Keep details open", tooltip=says, indent=False)
        self.unfolded.observe(lambda _: self.show(**self._told), names="value")
        self._told: dict[str, str] = {}
        self.copy = _button("Copy as case", "Writes what is looked at as a case file into the text below", "copy")
        self.save = _button("Save the case", "Writes the case file beside the one that was explored", "save")
        self.toml = widgets.Textarea(
            description="Case file", tooltip="The case as a TOML file: select all of it and copy it", style=WIDE,
            layout=widgets.Layout(width="100%", max_width="60rem", height="16rem"),
        )  # fmt: skip
        self.shown = {name: widgets.HTML() for name in SHOWN}
        self.box = self._laid_out()

    def _laid_out(self) -> Any:
        chosen = widgets.Box([*self.chosen.values()], layout=widgets.Layout(flex_flow="row wrap", align_items="center"))
        dates = widgets.Box(
            [self.changed_on, self.earlier, self.later], layout=widgets.Layout(flex_flow="row wrap", align_items="center")
        )
        drawn = widgets.Box([self.figure, self.unfolded], layout=widgets.Layout(flex_flow="row wrap", align_items="center"))
        case = widgets.Box([self.copy, self.save], layout=widgets.Layout(flex_flow="row wrap"))
        shown = self.shown
        parts = [
            widgets.HTML(STYLE), chosen, dates, shown["status"], shown["tried"], shown["verdict"], drawn, shown["figure"],
            shown["checks"], case, self.toml, shown["message"],
        ]  # fmt: skip
        box = widgets.VBox(parts)
        box.add_class("kpikit-explore")
        return box

    def on_choice(self, do: Callable[[], None]) -> None:
        """Calls back when anything that is looked at is chosen anew."""
        for control in (*self.chosen.values(), self.changed_on):
            control.observe(lambda _: do(), names="value")

    def offer(self, name: str, options: Sequence[Any], value: Any) -> None:
        """What can be chosen from a list, and what is; nothing is sent where nothing changes."""
        control = self.chosen[name]
        if [*control.options] != [*options]:
            control.options = options
        if control.value != value:
            control.value = value

    def asked(self) -> dict[str, Any]:
        """What is chosen, by name; `changed_on` is None while the date is being typed."""
        return {name: control.value for name, control in self.chosen.items()} | {"changed_on": self.changed_on.value}

    def hold(self, toml: str) -> None:
        """The text of a case to copy; where there is none, no room is taken for it."""
        self.toml.value = toml
        self.toml.layout.display = None if toml else "none"

    def show(self, **html: str) -> None:
        """Puts HTML into parts of the view."""
        self._told |= html
        for name, text in html.items():
            self.shown[name].value = text.replace("<details>", "<details open>") if self.unfolded.value else text


def _button(label: str, says: str, icon: str) -> Any:
    return widgets.Button(description=label, tooltip=says, icon=icon, layout=widgets.Layout(width="auto"))
