"""A formula as a fragment shader of WebGL 2, for pictures and animations that move while seen.

No name of the text gets into the shader: each step has a name of its own (`s12`), so a variable
that is called `float` or `main` is one like any other. Where GLSL leaves open what comes of a
division by zero or of the root of a negative number, the helpers below say it. Whether a number is
one is seen by its bits, since compilers may assume that comparisons never meet NaN.

The shader has two uniforms: `vec2 size`, the size of the picture in pixels, and `float time`, in
seconds; and one for each number of the text, where the formula was translated so (`n0`, `n1`). As
on a card, all is computed in floats of 32 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flourishing.errors import RenderError
from flourishing.formulas.operations import FARTHEST, HASH_FACTORS, HASH_MIX
from flourishing.formulas.palette import BACKGROUND, DOT_SIZE, DOTS, NEGATIVE, NO_NUMBER, POSITIVE
from flourishing.formulas.steps import Formula, Step

_HEAD: Final = """#version 300 es
precision highp float;
precision highp int;
uniform vec2 size;
uniform float time;
out vec4 seen;

const float NO = uintBitsToFloat(0x7fc00000u);
bool finite(float a) { return (floatBitsToUint(a) & 0x7f800000u) != 0x7f800000u; }
"""

_MIXED: Final = "".join(
    f"    bits = (bits ^ (bits >> {shift}u)) * {factor}u;\n" for shift, factor in HASH_MIX
)
_HELPERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "div": "float f_div(float a, float b) { return b == 0.0 ? NO : a / b; }",
        "mod": "float f_mod(float a, float b) { return b == 0.0 ? NO : a - b * floor(a / b); }",
        "pow": """float f_pow(float a, float b) {
    if (b == 0.0) return 1.0;
    if (a == 0.0) return b > 0.0 ? 0.0 : NO;
    if (a > 0.0) return pow(a, b);
    if (b != floor(b)) return NO;
    float positive = pow(-a, b);
    return b * 0.5 == floor(b * 0.5) ? positive : -positive;
}""",
        "sqrt": "float f_sqrt(float a) { return a < 0.0 ? NO : sqrt(a); }",
        "log": "float f_log(float a) { return a > 0.0 ? log(a) : NO; }",
        "asin": "float f_asin(float a) { return abs(a) > 1.0 ? NO : asin(a); }",
        "acos": "float f_acos(float a) { return abs(a) > 1.0 ? NO : acos(a); }",
        "atan2": """float f_atan2(float a, float b) {
    return a == 0.0 && b == 0.0 ? 0.0 : atan(a, b);
}""",
        "tanh": "float f_tanh(float a) { return tanh(clamp(a, -15.0, 15.0)); }",
        # Cards compute sines of large angles badly; a turn is taken off in two parts.
        "sin": """float f_turned(float a) {
    float turns = floor(a * 0.15915494 + 0.5);
    return (a - turns * 6.28125) - turns * 0.0019353072;
}
float f_sin(float a) { return sin(f_turned(a)); }
float f_cos(float a) { return cos(f_turned(a)); }""",
        "bits": """int f_whole(float a) {
    return int(clamp(floor(a), -2147483648.0, 2147483520.0));
}
float f_and(float a, float b) { return float(f_whole(a) & f_whole(b)); }
float f_or(float a, float b) { return float(f_whole(a) | f_whole(b)); }
float f_xor(float a, float b) { return float(f_whole(a) ^ f_whole(b)); }""",
        "noise": f"""uint f_line(float a, uint factor) {{
    return uint(int(floor(clamp(a, -{FARTHEST}, {FARTHEST})))) * factor;
}}
float f_corner(uint bits) {{
{_MIXED}    return float(bits >> 8u) * {2**-24!r};
}}
float f_blend(float a) {{
    float part = a - floor(a);
    return part * part * (3.0 - 2.0 * part);
}}
float f_square(uint x, uint y, float u, float v) {{
    const uint X = {HASH_FACTORS[0]}u;
    const uint Y = {HASH_FACTORS[1]}u;
    float a = mix(f_corner(x + y), f_corner(x + y + Y), v);
    float b = mix(f_corner(x + X + y), f_corner(x + X + y + Y), v);
    return mix(a, b, u);
}}
float f_noise2(float x, float y) {{
    return f_square(f_line(x, {HASH_FACTORS[0]}u), f_line(y, {HASH_FACTORS[1]}u),
                    f_blend(x), f_blend(y));
}}
float f_noise3(float x, float y, float z) {{
    uint a = f_line(x, {HASH_FACTORS[0]}u);
    uint b = f_line(y, {HASH_FACTORS[1]}u);
    uint c = f_line(z, {HASH_FACTORS[2]}u);
    return mix(f_square(a, b + c, f_blend(x), f_blend(y)),
               f_square(a, b + c + {HASH_FACTORS[2]}u, f_blend(x), f_blend(y)), f_blend(z));
}}""",
    }
)
"""The functions that the written operations need; those of one entry belong together."""
_HELPED: Final[Mapping[str, str]] = MappingProxyType(
    {name: name for name in _HELPERS}
    | {"cos": "sin", "and": "bits", "or": "bits", "xor": "bits"}
    | {"noise2": "noise", "noise3": "noise"}
)
"""The entry of the helpers that an operation needs."""
_WRITTEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "add": "{} + {}",
        "sub": "{} - {}",
        "mul": "{} * {}",
        "neg": "-{}",
        "abs": "abs({})",
        "floor": "floor({})",
        "round": "roundEven({})",
        "min": "min({}, {})",
        "max": "max({}, {})",
        "exp": "exp({})",
        "lt": "float({} < {})",
        "le": "float({} <= {})",
        "eq": "float({} == {})",
        "select": "{} != 0.0 ? {} : {}",
    }
)
"""How operations are written that need no helper."""
_MAIN: Final = """
void main() {{
    vec2 at = (2.0 * gl_FragCoord.xy - size) / min(size.x, size.y);
    seen = vec4(look(at.x, at.y, time), 1.0);
}}
"""
_DOT_OF_LEVEL: Final = """
bool dot_at(float t, float i, float x, float y, out float level, out vec3 ink) {{
    level = formula(t, i, x, y);
    ink = !finite(level) ? {no} : level < 0.0 ? {negative} : {positive};
    return finite(level);
}}
"""
_DOT_OF_COLOUR: Final = """
bool dot_at(float t, float i, float x, float y, out float level, out vec3 ink) {{
    vec3 value = formula(t, i, x, y);
    bool is_number = finite(value.r) && finite(value.g) && finite(value.b);
    ink = is_number ? clamp(value, 0.0, 1.0) : {no};
    level = max(ink.r, max(ink.g, ink.b));
    return is_number;
}}
"""
_MAIN_OF_DOTS: Final = """
void main() {{
    vec2 at = (gl_FragCoord.xy - 0.5 * size) / min(size.x, size.y) + 0.5;
    at.y = 1.0 - at.y;
    vec2 cell = clamp(floor(at * {dots}), 0.0, {dots} - 1.0);
    float level = 0.0;
    vec3 ink = vec3(0.0);
    bool is_number = dot_at(time, cell.y * {dots} + cell.x, cell.x, cell.y, level, ink);
    float radius = is_number ? min(abs(level), 1.0) * {largest} : {largest};
    float width = {dots} / min(size.x, size.y);
    float away = length(at * {dots} - cell - 0.5);
    float cover = clamp((radius - away) / width + 0.5, 0.0, 1.0) * step(0.001, radius);
    seen = vec4(mix({background}, ink, cover), 1.0);
}}
"""


def shader(formula: Formula) -> str:
    """Write a formula as the source of a fragment shader.

    Args:
        formula: The formula of a picture or an animation.

    Returns:
        The source in GLSL ES 3.00.

    Raises:
        RenderError: It is the formula of a sound.
    """
    if formula.form == "sound":
        raise RenderError("A sound has no shader.", hint="Ask for a picture or an animation.")
    helpers = dict.fromkeys(
        _HELPED[step.operation] for step in formula.steps if step.operation in _HELPED
    )
    uniforms = [f"uniform float {name};\n" for name in formula.numbers]
    parts = [_HEAD, *uniforms, *(f"{_HELPERS[name]}\n" for name in helpers), _body(formula)]
    if formula.form == "dots":
        coloured = len(formula.result) == 3
        dot = (_DOT_OF_COLOUR if coloured else _DOT_OF_LEVEL).format(
            positive=_colour(POSITIVE), negative=_colour(NEGATIVE), no=_colour(NO_NUMBER)
        )
        main = _MAIN_OF_DOTS.format(
            dots=float(DOTS), largest=DOT_SIZE, background=_colour(BACKGROUND)
        )
        parts += [dot, main]
    else:
        parts += [_look(formula), _MAIN.format()]
    return "".join(parts)


def _body(formula: Formula) -> str:
    """Write the steps as a function; it gives a float, or the three of a colour."""
    kind = "float" if len(formula.result) == 1 else "vec3"
    given = "float t, float i, float x, float y" if formula.form == "dots" else _PLACE
    lines = [f"    float s{number} = {_step(step)};\n" for number, step in enumerate(formula.steps)]
    result = ", ".join(f"s{number}" for number in formula.result)
    returned = result if kind == "float" else f"vec3({result})"
    return f"\n{kind} formula({given}) {{\n{''.join(lines)}    return {returned};\n}}\n"


_PLACE: Final = "float x, float y, float t"


def _look(formula: Formula) -> str:
    """Write the function that gives the colour of a point, whatever the formula gives."""
    no = _colour(NO_NUMBER)
    if len(formula.result) == 1:
        shown = f"finite(value) ? vec3(clamp(value, 0.0, 1.0)) : {no}"
        value = "float value"
    else:
        tests = " && ".join(f"finite(value.{part})" for part in "rgb")
        shown, value = f"{tests} ? clamp(value, 0.0, 1.0) : {no}", "vec3 value"
    return f"\nvec3 look({_PLACE}) {{\n    {value} = formula(x, y, t);\n    return {shown};\n}}\n"


def _step(step: Step) -> str:
    if step.operation == "constant":
        return f"{step.value!r}"
    if step.operation == "input":
        return step.name
    names = [f"s{each}" for each in step.of]
    if step.operation in _WRITTEN:
        return _WRITTEN[step.operation].format(*names)
    return f"f_{step.operation}({', '.join(names)})"


def _colour(parts: tuple[float, float, float]) -> str:
    return f"vec3({', '.join(map(repr, parts))})"
