"""Draws SVG by resvg, as a process of its own behind the second wall; started by `raster.py`.

It is run as a program, without the package. A request is a header of two numbers (the side of the
picture in pixels, the length of the SVG in bytes) and the SVG; an answer is a header of two numbers
(1 or 0 for whether it was drawn, the length) and the PNG, or the words of the error, which are
empty where resvg failed of itself. The first answer comes of itself, when the process is ready.
"""

from __future__ import annotations

import struct
import sys
from typing import Final

HEADER: Final = struct.Struct(">II")


def _serve() -> None:
    import resvg_py
    import wall  # type: ignore[import-not-found]  # the file beside this one

    wall.raise_wall()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(HEADER.pack(1, 0))  # it is ready
    answers.flush()
    while head := requests.read(HEADER.size):
        size, length = HEADER.unpack(head)
        svg = requests.read(length).decode()
        try:
            drawn, answer = (
                1,
                bytes(resvg_py.svg_to_bytes(svg, width=size, height=size, skip_system_fonts=True)),
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the process goes on
            drawn, answer = 0, str(error)[:200].encode()
        except BaseException:  # noqa: BLE001 - a panic of resvg, whose words are about its code
            drawn, answer = 0, b""
        answers.write(HEADER.pack(drawn, len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    sys.path.extend(sys.argv[1:])
    _serve()
