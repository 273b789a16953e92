"""From the tree of a text to its formula: each node that is allowed becomes steps.

Whatever is not on the list is refused by its name and line. Branches are both computed, and the
test chooses between their values, as it has to be where thousands of points are computed at once.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from flourishing.errors import RenderError
from flourishing.formulas.functions import CONSTANTS, FUNCTIONS, MATH, negated, power
from flourishing.formulas.language import ALLOWED, HEADS, constants_of, parse, refusal
from flourishing.formulas.steps import INPUTS, Form, Formula, Steps, Value, either, spread

_GREATEST_EXPONENT: Final = 256
_MOST_NUMBERS: Final = 24
"""So many numbers of a text may be inputs; a graphics card has room for hundreds."""
_FORMS: Final[dict[int, Form]] = {len(names): form for form, names in INPUTS.items()}
"""The form of a formula by the number of its parameters."""
_ARITHMETIC: Final[dict[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Mod: "mod",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
_COMPARED: Final[dict[type[ast.cmpop], tuple[str, bool, bool]]] = {
    # The operation, whether its sides are exchanged, and whether its result is negated.
    ast.Lt: ("lt", False, False),
    ast.LtE: ("le", False, False),
    ast.Gt: ("lt", True, False),
    ast.GtE: ("le", True, False),
    ast.Eq: ("eq", False, False),
    ast.NotEq: ("eq", False, True),
}


def number_name(order: int) -> str:
    """Give the name of the input that is a number of the text.

    Args:
        order: Which number of the text it is, from 0.
    """
    return f"n{order}"


@lru_cache(maxsize=512)
def translate(text: str, *, numbers: bool = False) -> Formula:
    """Translate a text.

    Args:
        text: The text of the formula.
        numbers: Whether the first 24 numbers that are written in it become inputs, so that they can
            be moved while it plays, by default False. Then some texts are refused that have to know
            a number beforehand.

    Raises:
        RenderError: It does not parse, uses what is not allowed, or is too large; the message says
            what and where.
    """
    source = parse(text)
    if len(source.parameters) not in _FORMS:
        raise RenderError(
            f"It takes {len(source.parameters)} values ({', '.join(source.parameters)[:60]}).",
            hint=f"Begin with one of: {'  '.join(HEADS.values())}",
        )
    form = _FORMS[len(source.parameters)]
    translator = _Translator()
    if numbers:
        written = constants_of(source)[:_MOST_NUMBERS]
        translator.named = {id(node): number_name(order) for order, node in enumerate(written)}
    # The name of a parameter is the writer's own; its place says what it is.
    known = {
        own: (translator.steps.given(name),)
        for own, name in zip(source.parameters, INPUTS[form], strict=True)
    }
    if isinstance(source.body, ast.expr):
        result = translator.expression(source.body, known)
    else:
        result = translator.function(source.body, known)
    if form == "sound" and len(result) != 1:
        raise RenderError("A sound cannot be a colour.", hint="Give one number, from -1 to 1.")
    return translator.steps.formula(form, result)


_Known: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of statements.

    Attributes:
        known: The values of the names after them.
        result: What was returned, where something was; None where nothing can have been.
        done: The step that says whether something was returned.
    """

    known: _Known
    result: Value | None
    done: int


class _Translator:
    """Translates the tree of a text into steps."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.named: Mapping[int, str] = {}

    def function(self, body: Sequence[ast.stmt], known: _Known) -> Value:
        """Translate the statements of a function; gives what it returns."""
        outcome = self._statements(body, known)
        if outcome.result is None or self.steps.value(outcome.done) != 1:
            raise RenderError(
                "It returns nothing."
                if outcome.result is None
                else "It may come to its end without a return.",
                hint="End it with a return.",
            )
        return outcome.result

    def _statements(self, body: Sequence[ast.stmt], known: _Known) -> _Outcome:
        outcome = _Outcome(known, None, self.steps.constant(0.0))
        for statement in body:
            if self.steps.value(outcome.done) == 1:
                break
            outcome = self._then(outcome, self._statement(statement, outcome.known))
        return outcome

    def _statement(self, node: ast.stmt, known: _Known) -> _Outcome:
        yes, no = self.steps.constant(1.0), self.steps.constant(0.0)
        match node:
            case ast.Return(value=ast.expr() as value):
                return _Outcome(known, self.expression(value, known), yes)
            case ast.Assign():
                return _Outcome({**known, **self._assigned(node, known)}, None, no)
            case ast.AugAssign(target=ast.Name(id=name)):
                before = self.expression(ast.copy_location(ast.Name(name, ast.Load()), node), known)
                added = self._arithmetic(node, before, self.expression(node.value, known))
                return _Outcome({**known, name: added}, None, no)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                return _Outcome({**known, name: self.expression(value, known)}, None, no)
            case ast.If():
                return self._branches(node, known)
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):  # a docstring
                return _Outcome(known, None, no)
            case ast.Expr():
                self.expression(node.value, known)  # without effect; but it may not be allowed
                return _Outcome(known, None, no)
        raise refusal(node)

    def _assigned(self, node: ast.Assign, known: _Known) -> dict[str, Value]:
        assigned: dict[str, Value] = {}
        for target in node.targets:
            match target, node.value:
                case ast.Name(id=name), _:
                    assigned[name] = self.expression(node.value, known)
                case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
                    for each, value in zip(names, values, strict=True):
                        if not isinstance(each, ast.Name):
                            raise refusal(each)
                        assigned[each.id] = self.expression(value, known)
                case _:
                    raise refusal(target)
        return assigned

    def _branches(self, node: ast.If, known: _Known) -> _Outcome:
        test = self._number(node.test, known, "A test")
        first, second = (self._statements(body, known) for body in (node.body, node.orelse))
        return _Outcome(
            self._merged(test, first, second),
            self._either_result(test, first.result, second.result),
            self.steps.add("select", test, first.done, second.done),
        )

    def _merged(self, test: int, first: _Outcome, second: _Outcome) -> _Known:
        """Give the values of names after two branches; a branch that returned has no say."""
        for one, other in ((first, second), (second, first)):
            if self.steps.value(one.done) == 1:
                return other.known
        return {
            name: value
            if value == second.known[name]
            else either(self.steps, test, value, second.known[name])
            for name, value in first.known.items()
            if name in second.known
        }

    def _then(self, before: _Outcome, after: _Outcome) -> _Outcome:
        """Give what came of statements and of one after them."""
        ended = self.steps.value(after.done) == 1
        return _Outcome(
            after.known,
            self._either_result(before.done, before.result, after.result),
            after.done if ended else self.steps.add("select", before.done, before.done, after.done),
        )

    def _either_result(self, test: int, first: Value | None, second: Value | None) -> Value | None:
        if first is None or second is None:
            return first or second
        return either(self.steps, test, first, second)

    def expression(self, node: ast.expr, known: _Known) -> Value:
        """Translate an expression; gives a number or a colour."""
        match node:
            case ast.Constant() if id(node) in self.named:
                return (self.steps.given(self.named[id(node)]),)
            case ast.Constant(value=int() | float() as value):
                return (self.steps.constant(value),)
            case ast.Name(id=name):
                return self._name(node, name, known)
            case ast.Tuple(elts=[_, _, _] as parts):
                return tuple(self._number(part, known, "A part of a colour") for part in parts)
            case ast.Tuple(elts=parts):
                raise RenderError(
                    f"Line {node.lineno} has a tuple of {len(parts)}.",
                    hint="A colour has three numbers, such as (1, 0.5, 0).",
                )
            case ast.BinOp():
                left, right = (self.expression(each, known) for each in (node.left, node.right))
                return self._arithmetic(node, left, right)
            case ast.UnaryOp():
                return self._unary(node, known)
            case ast.BoolOp():
                return self._joined(node, known)
            case ast.Compare():
                return self._compared(node, known)
            case ast.IfExp():
                test = self._number(node.test, known, "A test")
                first, second = (self.expression(each, known) for each in (node.body, node.orelse))
                return either(self.steps, test, first, second)
            case ast.Call():
                return self._called(node, known)
            case ast.Attribute(value=ast.Name(id="math"), attr="pi" | "tau" | "e" as name):
                return (self.steps.constant(CONSTANTS[name]),)
        raise refusal(node)

    def _number(self, node: ast.expr, known: _Known, what: str) -> int:
        value = self.expression(node, known)
        if len(value) != 1:
            raise RenderError(
                f"{what} in line {node.lineno} is a colour.", hint="Give a number there."
            )
        return value[0]

    def _name(self, node: ast.Name, name: str, known: _Known) -> Value:
        if name in known:
            return known[name]
        if name in CONSTANTS:
            return (self.steps.constant(CONSTANTS[name]),)
        names = [*known, *CONSTANTS]
        about = "is a function, and is not called" if name in FUNCTIONS else "has no value there"
        raise RenderError(
            f"In line {node.lineno}, {name[:40]!r} {about}.",
            hint=f"There are: {', '.join(names)[:200]}.",
        )

    def _arithmetic(self, node: ast.BinOp | ast.AugAssign, left: Value, right: Value) -> Value:
        steps = self.steps
        kind = type(node.op)
        if kind is ast.Pow:
            exponent = node.right if isinstance(node, ast.BinOp) else node.value
            self._require_exponent(exponent, right)
            return spread(lambda a, b: power(steps, a, b), left, right)
        if kind is ast.FloorDiv:
            return spread(lambda a, b: steps.add("floor", steps.add("div", a, b)), left, right)
        if kind not in _ARITHMETIC:
            raise RenderError(
                f"Line {node.lineno} has an operator that a formula cannot have.", hint=ALLOWED
            )
        return spread(lambda a, b: steps.add(_ARITHMETIC[kind], a, b), left, right)

    def _require_exponent(self, node: ast.expr, value: Value) -> None:
        greatest = max((abs(self.steps.value(each) or 0) for each in value), default=0)
        if greatest > _GREATEST_EXPONENT:
            raise RenderError(
                f"An exponent is {greatest:.0f}.",
                hint=f"Give one from -{_GREATEST_EXPONENT} to {_GREATEST_EXPONENT}.",
            )
        for inner in ast.walk(node):
            towered = isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)
            if towered and not isinstance(inner.right, ast.Constant):  # type: ignore[attr-defined]
                raise RenderError(
                    f"Line {node.lineno} has a power in an exponent.",
                    hint="Powers of powers grow beyond all numbers: use brackets, or multiply.",
                )

    def _unary(self, node: ast.UnaryOp, known: _Known) -> Value:
        value = self.expression(node.operand, known)
        match node.op:
            case ast.USub():
                return spread(lambda a: self.steps.add("neg", a), value)
            case ast.UAdd():
                return value
            case ast.Not():
                return spread(lambda a: negated(self.steps, a), value)
        raise refusal(node)

    def _joined(self, node: ast.BoolOp, known: _Known) -> Value:
        """Join by `and` or `or`: as in Python, the value is the one that decided."""
        *firsts, last = [self._number(each, known, "A part of and/or") for each in node.values]
        joined = last
        for first in reversed(firsts):
            sides = (joined, first) if isinstance(node.op, ast.And) else (first, joined)
            joined = self.steps.add("select", first, *sides)
        return (joined,)

    def _compared(self, node: ast.Compare, known: _Known) -> Value:
        sides = [self._number(each, known, "A side") for each in (node.left, *node.comparators)]
        both = self.steps.constant(1.0)
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(operator) not in _COMPARED:
                raise RenderError(
                    f"Line {node.lineno} has `in` or `is`, which a formula cannot have.",
                    hint=ALLOWED,
                )
            name, exchanged, negative = _COMPARED[type(operator)]
            test = self.steps.add(name, *((right, left) if exchanged else (left, right)))
            test = negated(self.steps, test) if negative else test
            both = self.steps.add("select", both, test, self.steps.constant(0.0))
        return (both,)

    def _called(self, node: ast.Call, known: _Known) -> Value:
        name = self._called_name(node, known)
        function = FUNCTIONS[name]
        if starred := [each for each in node.args if isinstance(each, ast.Starred)]:
            raise refusal(starred[0])
        if node.keywords or not function.least <= len(node.args) <= function.most:
            often = (
                f"{function.least}"
                if function.least == function.most
                else f"{function.least} to {function.most}"
            )
            raise RenderError(
                f"In line {node.lineno}, {name} has {len(node.args) + len(node.keywords)} values.",
                hint=f"{name} takes {often}, without names, and gives {function.about}.",
            )
        values = [self.expression(each, known) for each in node.args]
        if function.colour and any(len(value) != 1 for value in values):
            raise RenderError(
                f"In line {node.lineno}, {name} is given a colour.", hint="Give it numbers."
            )
        if name == "pow":
            self._require_exponent(node.args[1], values[1])
        return function.call(self.steps, *values)

    def _called_name(self, node: ast.Call, known: _Known) -> str:
        match node.func:
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in MATH:
                return name
            case ast.Name(id=name) if name in FUNCTIONS and name not in known:
                return name
            case ast.Name(id=name):
                what = "a value of its own, and is called" if name in known else "no function here"
                raise RenderError(f"In line {node.lineno}, {name[:40]!r} is {what}.", hint=ALLOWED)
        raise refusal(node.func)
