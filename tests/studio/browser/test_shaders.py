"""Shaders of formulas agree with numpy, in the browser's own WebGL 2."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser

from flourishing.formulas import pixels
from flourishing.formulas.glsl import shader
from flourishing.formulas.numbers import numbers_of
from flourishing.formulas.translation import translate
from flourishing.library import library

SIZE = 96
TIME = 1.3
AGREE = 2
"""Out of 255; so far may a channel of a pixel be from that of numpy."""
MAY_DIFFER = 0.005
"""The share of pixels that may be further off: those where a step or an edge falls between."""
DRAW = """([source, size, time, numbers]) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const gl = canvas.getContext("webgl2");
  if (gl === null) return "";
  const compiled = (type, source) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS))
      throw new Error(gl.getShaderInfoLog(shader));
    return shader;
  };
  const program = gl.createProgram();
  gl.attachShader(program, compiled(gl.VERTEX_SHADER, `#version 300 es
    void main() {
      gl_Position = vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1);
    }`));
  gl.attachShader(program, compiled(gl.FRAGMENT_SHADER, source));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS))
    throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  gl.uniform2f(gl.getUniformLocation(program, "size"), size, size);
  gl.uniform1f(gl.getUniformLocation(program, "time"), time);
  for (const [name, value] of Object.entries(numbers))
    gl.uniform1f(gl.getUniformLocation(program, name), value);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  const seen = new Uint8Array(4 * size * size);
  gl.readPixels(0, 0, size, size, gl.RGBA, gl.UNSIGNED_BYTE, seen);
  gl.getExtension("WEBGL_lose_context").loseContext();
  return btoa(String.fromCharCode(...seen));
}"""

Drawn = Callable[..., pixels.Pixels]


@pytest.fixture(scope="module")
def by_card(chromium: Browser) -> Iterator[Drawn]:
    """Give what draws a shader in the browser."""
    page = chromium.new_page()

    def draw(source: str, **numbers: float) -> pixels.Pixels:
        seen = page.evaluate(DRAW, [source, SIZE, TIME, numbers])
        if not seen:
            pytest.skip("This Chromium has no WebGL 2.")
        rows = np.frombuffer(base64.b64decode(seen), np.uint8).reshape(SIZE, SIZE, 4)
        return rows[::-1, :, :3]  # its rows come from the bottom

    yield draw
    page.close()


@pytest.mark.parametrize(
    "text",
    [
        "pixel(x, y) = (0.5 + x/2, 0.5 + y/2, 0)",
        "pixel(x, y) = (x**3 % 0.3, y // 0.2 / 5, (-x)**2.5)",
        "pixel(x, y) = (sqrt(x), log(y), 1/(x - y))",
        "pixel(x, y) = (asin(2*y), acos(x), tanh(30*x))",
        "pixel(x, y) = 0.5 + 0.5*sin(300*x*y + 1000)",
        "pixel(x, y) = (int(9*x) ^ int(9*y)) / 16",
        "pixel(x, y) = ((int(9*x) & int(9*y)) / 8, (int(9*x) | int(9*y)) / 8, round(2*x))",
        "pixel(x, y) = (noise(9*x), noise(9*x, 9*y), noise(9*x, 9*y, 3))",
        "pixel(x, y) = hsv(atan2(y, x)/tau, 1 - hypot(x, y), 1)",
        "pixel(x, y) = exp(1e4*x)",
        "pixel(x, y) = x < y < 0.5 or not x > -0.5",
        "pixel(x, y) = 2",
        "pixel(x, y, t) = 0.5 + 0.5*sin(8*x + t)*cos(8*y - t)",
        "f(t, i, x, y) = sin(t - hypot(x - 7.5, y - 7.5))",
        "f(t, i, x, y) = hsv(x/16, 1, sqrt(sin(t + y)))",
        "f(t, i, x, y) = (x*y % 5 - 2)/3 if i % 3 else log(x - 4)",
        "def pixel(float, y):\n    main = float*2\n    if main > 1: return y\n    return main",
    ],
)
def test_a_card_draws_what_numpy_draws(by_card: Drawn, text: str) -> None:
    agree(by_card, text)


SHIPPED = [text.content for name in ("pictures", "animations") for text in library(name).texts]


@pytest.mark.parametrize("text", SHIPPED, ids=range(len(SHIPPED)))
def test_a_card_draws_what_ships_as_numpy_does(by_card: Drawn, text: str) -> None:
    agree(by_card, text)


@pytest.mark.parametrize("text", SHIPPED[::5], ids=range(len(SHIPPED[::5])))
def test_a_card_draws_moved_numbers_as_if_they_were_written(by_card: Drawn, text: str) -> None:
    first = numbers_of(text)[0]
    moved = {each.name: each.value for each in numbers_of(text)} | {first.name: first.value / 2}
    other = f"{text[: first.begin]}{first.value / 2}{text[first.end :]}"
    agree(by_card, other, shader(translate(text, numbers=True)), **moved)


def agree(by_card: Drawn, text: str, source: str = "", **numbers: float) -> None:
    formula = translate(text)
    wanted = pixels.draw(formula, SIZE, TIME).astype(int)
    drawn = by_card(source or shader(formula), **numbers)
    off = np.abs(drawn.astype(int) - wanted).max(axis=-1)
    assert (off > AGREE).mean() <= MAY_DIFFER
