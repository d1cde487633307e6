"""The README's table of options, from the model: ``python -m augbench.bench.options.table``."""

from __future__ import annotations

from augbench.bench.options.model import Known, known


def table() -> str:
    """Return the options as a Markdown table, a row an option."""
    lines = ["| option | | default |", "|---|---|---|"]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in _row(option)) + " |"
        for option in known().values()
    ]
    return "\n".join(lines) + "\n"


def _row(option: Known) -> tuple[str, str, str]:
    typed = option.option.metavar
    if option.name != "policies":
        typed = f"{option.flag} {typed}".rstrip()
    return f"`{typed}`", option.option.help, option.default


if __name__ == "__main__":
    print(table(), end="")
