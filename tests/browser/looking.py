"""A page that stands open in a browser: what it did, and what is wrong with it, each fault a line that says what and where."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH

PHONE, DESK, PAPER = 390, 1280, 680  # CSS pixels; paper: A4 without its margins
NARROW = ("scrollable-region-focusable", "target-size", "meta-viewport")  # axe-core's rules that depend on the width

#: what a page in a browser shows where a text is cut, or leaves the page on its own
CUT = """() => {
  const faults = [];
  const scrolls = (e) => { for (; e; e = e.parentElement) {
    if (e !== document.documentElement && ["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return true; } return false; };
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg, .unseen, .skip") || !e.checkVisibility()) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1) faults.push("cut: " + e.outerHTML.slice(0, 120));
    if (box.width && (box.right > innerWidth + 1 || box.left < -1) && !scrolls(e)) faults.push("leaves the page: " + e.outerHTML.slice(0, 120));
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways to " + document.documentElement.scrollWidth);
  return faults;
}"""

#: pairs of texts of which one lies on the other
OVERLAPS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), boxes = [];
  for (let node; node = walker.nextNode();) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility({ visibilityProperty: true }) || parent.closest(".unseen, .skip")) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    for (const r of range.getClientRects()) if (r.width > 1 && r.height > 1) boxes.push({ node, left: r.left, right: r.right, top: r.top, bottom: r.bottom });
  }
  boxes.sort((a, b) => a.top - b.top);
  const faults = [];
  boxes.forEach((one, at) => { for (let k = at + 1; k < boxes.length && boxes[k].top < one.bottom; k++) {
    const other = boxes[k], wide = Math.min(one.right, other.right) - Math.max(one.left, other.left), high = Math.min(one.bottom, other.bottom) - other.top;
    if (other.node !== one.node && wide > 2 && high > 6) faults.push(`overlap: ${one.node.data.trim().slice(0, 50)} | ${other.node.data.trim().slice(0, 50)}`);
  }});
  return faults;
}"""

HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => Number(h.tagName[1]))"
PICTURES = "() => [...document.images].map((i) => [i.alt, i.complete && i.naturalWidth > 0])"
LINKS = "() => [...document.querySelectorAll('a[href]')].map((a) => new URL(a.getAttribute('href'), document.baseURI).href)"
UNFOLD = "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"


#: of long tables and lists the first dozen stand for all: the rest is alike, and axe-core would look at each cell
SHORTEN = "() => document.querySelectorAll('tr:nth-child(n+13), li:nth-child(n+13), .matrix :is(td, th):nth-child(n+13)').forEach((e) => e.remove())"


@dataclass
class Watched:
    """A page, and what it did: addresses that it asked for and got, what its console said, errors, and dialogs that it opened."""

    page: object
    requests: list = field(default_factory=list)
    loaded: list = field(default_factory=list)
    said: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)

    def __post_init__(self):
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfinished", lambda request: self.loaded.append(request.url))
        self.page.on("console", lambda message: self.said.append((message.type, message.text)))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dismiss)

    def opens(self, address, width=1280, media="screen"):
        """Goes to a page at a width, with nothing left of what was seen before; returns the page."""
        for seen in (self.requests, self.loaded, self.said, self.errors, self.dialogs):
            seen.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media=media)
        self.page.goto(address)
        return self.page

    def _dismiss(self, dialog):
        if dialog.type == "beforeunload":  # JupyterLab asks before it leaves a notebook that is not saved
            dialog.accept()
        else:
            self.dialogs.append(dialog.message)
            dialog.dismiss()


@cache
def _axe():
    return Path(AXE_FILE_PATH).read_text(encoding="utf-8")


def inaccessible(page, part="html", rules=()):
    """What axe-core finds: all its rules or a few, those of WCAG 2.2 AA and of good practice; the page is shortened for it."""
    page.evaluate(SHORTEN)
    page.evaluate(_axe())
    asked = {"resultTypes": ["violations"]} | ({"runOnly": [*rules]} if rules else {})
    found = page.evaluate("([part, asked]) => axe.run(part, asked)", [part, asked])["violations"]
    return [f"{fault['id']}: {node['target']} {node['html'][:160]}" for fault in found for node in fault["nodes"]]


def misplaced(page):
    """What is cut, leaves the page, or lies on something else."""
    return page.evaluate(CUT) + page.evaluate(OVERLAPS)


def faults(page):
    """All that is wrong with a page at a desk and on a phone: first where things lie, then what axe-core finds."""
    page.evaluate(UNFOLD)
    found = leaps(page)
    for look in (misplaced, lambda page: inaccessible(page, rules=() if page.viewport_size["width"] == DESK else NARROW)):
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 900})
            found += look(page)
    return found


def leaps(page):
    """Headings that leave out a level, and a page without one heading of the first."""
    levels = page.evaluate(HEADINGS)
    found = [f"h{after} after h{before}" for before, after in zip(levels, levels[1:], strict=False) if after - before > 1]
    return found + (
        [] if levels.count(1) == 1 and levels[0] == 1 else [f"{levels.count(1)} of level 1, the first of {levels[0]}"]
    )
