"""A brief as Markdown and as one HTML page. Names are data: both writers escape them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from frontends.desk.brief import Brief, Part

__all__ = ["as_html", "as_markdown"]

_SPECIAL: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~"})
_STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 13px/1.4 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 62rem; margin: 1.5rem auto;
  padding: 0 1.5rem; }
header { border-bottom: 2px solid #1a1a1a; padding-bottom: .6rem; margin-bottom: .8rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
.band { display: inline-block; border: 2px solid; border-radius: 3px; padding: .1rem .6rem; font-weight: 700; }
.low { color: #1d6f42; } .medium { color: #7a5a00; } .high { color: #a33b00; } .very_high { color: #a00020; }
.verdict { font-size: 1.05rem; margin: .4rem 0 0; }
main { columns: 2 26rem; column-gap: 2rem; }
section { break-inside: avoid; margin-bottom: .9rem; }
h2 { font-size: 1rem; margin: 0 0 .3rem; border-bottom: 1px solid #bbb; }
p { margin: .2rem 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin-top: .3rem; }
th, td { text-align: left; padding: .15rem .5rem .15rem 0; border-bottom: 1px solid #e4e4e4; vertical-align: top;
  overflow-wrap: anywhere; }
th { font-weight: 600; color: #555; }
footer { color: #555; border-top: 1px solid #bbb; padding-top: .4rem; }
@page { size: A4; margin: 12mm; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 9.5px; }
  h1 { font-size: 1.6rem; } main { columns: 2; column-gap: 1.5rem; } section { margin-bottom: .6rem; }
}
"""


def as_markdown(brief: Brief) -> str:
    """Return a brief as Markdown."""
    number = f"{brief.number} " if brief.number else ""
    lines = [f"# {_plain(number + brief.title)}", "", f"**{_plain(brief.verdict)}**", ""]
    for part in brief.parts:
        lines += [f"## {_plain(part.heading)}", ""]
        lines += [line for each in part.paragraphs for line in (_plain(each), "")]
        if part.table is not None and part.table[1]:
            columns, rows = part.table
            lines += [f"| {' | '.join(map(_plain, columns))} |", f"|{' --- |' * len(columns)}"]
            lines += [f"| {' | '.join(map(_plain, row))} |" for row in rows]
            lines.append("")
    return "\n".join([*lines, f"*{_plain(brief.footer)}*", ""])


def _plain(text: str) -> str:
    return " ".join(str(text).split()).translate(_SPECIAL)


def as_html(brief: Brief) -> str:
    """Return a brief as one HTML page that needs nothing beside it, for the screen and for paper."""
    title = html.escape(f"{brief.number} {brief.title}".strip())
    sections = "\n".join(map(_section, brief.parts))
    band = html.escape(brief.band.replace("_", " "))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<span class="band {html.escape(brief.band)}">Risk: {band}</span>
<p class="verdict">{html.escape(brief.verdict)}</p>
</header>
<main>
{sections}
</main>
<footer>{html.escape(brief.footer)}</footer>
</body>
</html>
"""


def _section(part: Part) -> str:
    paragraphs = "".join(f"<p>{html.escape(each)}</p>" for each in part.paragraphs)
    table = ""
    if part.table is not None and part.table[1]:
        head = "".join(f"<th>{html.escape(each)}</th>" for each in part.table[0])
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(str(each))}</td>' for each in row)}</tr>" for row in part.table[1]
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<section><h2>{html.escape(part.heading)}</h2>{paragraphs}{table}</section>"
