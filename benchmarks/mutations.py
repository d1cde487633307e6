"""Which small changes are there of a source text: another operator, comparison, number or word?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_WORDS = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "minimum": "maximum",
    "maximum": "minimum",
    "floor": "ceil",
    "ceil": "floor",
    "argmin": "argmax",
    "argmax": "argmin",
    "cos": "sin",
    "sin": "cos",
}


@dataclass(frozen=True)
class Mutation:
    """One change of a text.

    Attributes:
        line: where it is, from 1.
        start: offset of its first byte in the line, in UTF-8.
        end_line: the line of its end.
        end: offset after its last byte.
        before: what stands there.
        after: what stands there instead.
    """

    line: int
    start: int
    end_line: int
    end: int
    before: str
    after: str

    def applied(self, text: str) -> str:
        """Return the text with the change."""
        lines = [line.encode() for line in text.splitlines(keepends=True)]
        rest = lines[self.end_line - 1][self.end :]
        lines[self.line - 1 : self.end_line] = [
            lines[self.line - 1][: self.start] + self.after.encode() + rest
        ]
        return b"".join(lines).decode()

    def __str__(self) -> str:
        return f"{self.line}: {' '.join(self.before.split())} → {' '.join(self.after.split())}"


def mutations(text: str) -> list[Mutation]:
    """Return all changes of a module, in the order of its lines.

    Annotations, decorators, docstrings and what is raised are left as they are.
    """
    changes = []
    for node in _computing(ast.parse(text)):
        before = ast.get_source_segment(text, node)
        for after in _others(node):
            if before is None or before == after:
                continue
            assert isinstance(node, ast.expr)
            assert node.end_lineno is not None and node.end_col_offset is not None
            place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            changes.append(Mutation(*place, before, f"({after})"))
    return sorted(changes, key=lambda change: (change.line, change.start, change.end, change.after))


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one that compute something."""
    left_out: list[ast.AST | None] = []
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        left_out += node.decorator_list
    if isinstance(node, ast.FunctionDef):
        left_out.append(node.returns)
    if isinstance(node, ast.AnnAssign | ast.arg):
        left_out.append(node.annotation)
    yield node
    for child in ast.iter_child_nodes(node):
        if child not in left_out:
            yield from _computing(child)


def _others(node: ast.AST) -> Iterator[str]:
    """Yield what may stand in the place of an expression."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            other = [*node.ops]
            other[place] = _COMPARISONS[type(operator)]()
            yield ast.unparse(ast.Compare(node.left, other, node.comparators))
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        if not isinstance(node.left, ast.Constant | ast.JoinedStr) or not isinstance(
            getattr(node.left, "value", None), str
        ):
            yield ast.unparse(ast.BinOp(node.left, _OPERATIONS[type(node.op)](), node.right))
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.unparse(ast.BoolOp(other_op, node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield ast.unparse(node.operand)
    elif isinstance(node, ast.IfExp):
        yield ast.unparse(ast.IfExp(node.test, node.orelse, node.body))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield repr(node.value + 1 if node.value + 1 != node.value else 2 * node.value)
    elif isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in _WORDS:
            text = ast.unparse(function)
            other_name = text[: len(text) - len(name)] + _WORDS[name]
            yield f"{other_name}{ast.unparse(node)[len(text) :]}"
