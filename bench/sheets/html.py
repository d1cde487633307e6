"""A sheet as one HTML file without scripts or requests, all names as text."""

from __future__ import annotations

import base64
import io

import numpy as np
from augbench.bench.sheets.pixels import shown_size
from augbench.bench.sheets.sheet import Sheet

_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{{ sheet.title }}</title>
<style>
:root { color-scheme: light dark; --muted: light-dark(#57606a, #9aa4af);
  --rule: light-dark(#d0d7de, #3a424b); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 100rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 0 0 .3rem;
  overflow-wrap: anywhere }
p { color: var(--muted); margin: .2rem 0 1rem }
section { border-top: 1px solid var(--rule); padding-top: .8rem; margin-top: 1rem;
  overflow-x: auto }
table { border-collapse: collapse }
th { font-weight: normal; text-align: left; overflow-wrap: anywhere; max-width: {{ width }}px;
  padding: 0 .8rem .3rem 0 }
th[scope=row] { color: var(--muted); min-width: 6.5rem; width: 6.5rem; vertical-align: middle;
  font-size: .85rem }
td { padding: 0 .8rem .6rem 0; vertical-align: top; width: {{ width }}px; max-width: {{ width }}px }
figure { margin: 0 } img { display: block; width: {{ width }}px;
  image-rendering: {{ rendering }} }
figcaption { color: var(--muted); font-size: .78rem; overflow-wrap: anywhere; min-height: 1em }
@media print { section { break-inside: avoid } }
</style>
<main>
<h1>{{ sheet.title }}</h1>
<p>{{ sheet.subtitle }}</p>
{% for band in sheet.bands %}
<section tabindex="0" aria-label="{{ band.title }}">
<h2>{{ band.title }}</h2>
{% if band.note %}<p>{{ band.note }}</p>{% endif %}
{% if band.rows %}
<table>
<tr><td></td>{% for name in sheet.columns %}
<th scope="col" title="{{ sheet.names[loop.index0] }}">{{ name }}</th>{% endfor %}</tr>
{% for row in band.rows %}
<tr><th scope="row">{{ row.label }}</th>
{% for panel in row.panels %}<td>{% if panel.image is not none %}<figure>
<img src="{{ panel.image | data }}" width="{{ width }}" height="{{ height }}"
 alt="{{ band.title }}, {{ row.label }}, {{ sheet.columns[loop.index0] }}: {{ panel.caption }}">
<figcaption>{{ panel.caption }}</figcaption></figure>{% endif %}</td>
{% endfor %}</tr>
{% endfor %}
</table>
{% endif %}
</section>
{% endfor %}
</main>
</html>
"""


def to_html(sheet: Sheet) -> str:
    """Return the sheet as one HTML file without scripts or requests; all names stay text."""
    from jinja2 import Environment

    width, height = shown_size(sheet.shape)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["data"] = _data
    return environment.from_string(_HTML).render(
        sheet=sheet,
        width=width,
        height=height,
        rendering="pixelated" if width > sheet.shape[1] else "auto",
    )


def _data(image: np.ndarray) -> str:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
