"""Every link of the built site leads to a file and an anchor of the site, every picture has words, nothing comes from the web."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """The anchors of a page, its links, what it loads, and how many of its pictures have no alt text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.wordless = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag names."""
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if said.get(LOADED.get(tag, "")):
            self.loaded.append(said[LOADED[tag]])
        self.wordless += tag == "img" and not said.get("alt")


def faults(site: Path) -> list[str]:
    """What is wrong with the site, a line each."""
    paths = [path for path in sorted(site.rglob("*.html")) if not {"_downloads", "_static"} & set(path.parts)]
    pages = {path.resolve(): Page(path) for path in paths}
    found = []
    for path, page in pages.items():
        here = path.relative_to(site.resolve())
        found += [f"{here}: {page.wordless} pictures have no alt text"] if page.wordless else []
        found += [f"{here}: loads {address}" for address in page.loaded if urlsplit(address).netloc]
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not to.is_file():
                found.append(f"{here}: no file {link}")
            elif to in pages and unquote(parts.fragment) not in pages[to].anchors:
                found.append(f"{here}: no anchor {link}")
    return found


if __name__ == "__main__":
    wrong = faults(Path(sys.argv[1]))
    sys.exit("\n".join(wrong) if wrong else None)
