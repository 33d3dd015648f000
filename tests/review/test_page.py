"""The Markdown page shows values literally, whatever a pull request contains."""

from html.parser import HTMLParser

from review.page import ZERO_WIDTH_SPACE, code, prose

import pytest
from markdown_it import MarkdownIt

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</code></summary></details><script>alert(1)</script>",
    "[click](https://example.com) ![x](https://example.com/x.png)",
    "`<img src=x>` ``<b>``",
    "a|b \\|<img src=x> \\\\|<img src=x>|",
    "<!-- --> &lt;img&gt; <https://example.com>",
    "**bold** _it_ ~~no~~ # title\n\n- list\n\n> quote",
]


class Elements(HTMLParser):
    """Collects a page's elements and its text content."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Collect the element's name."""
        del attrs
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        """Collect the text content."""
        self.text += data


def rendered(cell: str) -> Elements:
    """Return a table with one cell, rendered as CommonMark with GitHub's tables and strikethrough."""
    read = Elements()
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    read.feed(markdown.render(f"| A | B |\n|---|---|\n| x | {cell} |\n"))
    return read


TABLE = ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_a_code_span(value: str) -> None:
    """A value is one code span in one cell, without other elements."""
    read = rendered(code(value))
    assert read.found == [*TABLE, "code"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_sentence_is_text(value: str) -> None:
    """A sentence is plain text without elements, with its words unchanged."""
    read = rendered(prose(value))
    assert read.found == TABLE
    assert " ".join(value.split()) in read.text.replace(ZERO_WIDTH_SPACE, "")


@pytest.mark.parametrize("live", ["@team", "see #12", "GH-12", "https://example.com", "www.example.com", "a@b.example"])
def test_nothing_becomes_live(live: str) -> None:
    """A zero-width space stops GitHub from linking mentions, issues, URLs and addresses, and keeps the text."""
    assert ZERO_WIDTH_SPACE in prose(live)


def test_an_empty_value_leaves_the_cell_empty() -> None:
    """An empty value leaves the cell empty, because two backticks are not a code span."""
    assert code("") == ""
