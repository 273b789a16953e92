"""Formulas: pictures, animations and sounds as short Python texts that are never executed.

A text is parsed by Python's own grammar, checked against what is allowed, and translated. Nothing
of it is ever run as Python. There are no loops, so what a formula costs is known before it is
computed, and refused where it is too much.

- `operations.py`: the few operations that every formula is made of, for single numbers.
- `steps.py`: a `Formula`, a list of such operations, and how one is put together.
- `language.py`: the form of a text, within limits; `functions.py`: what a text may call;
  `translation.py`: from a text to its formula.
- `arrays.py`: a formula over whole arrays, with numpy.
- `numbers.py`: the numbers that are written in a text, as inputs that can be moved.
- `glsl.py`: a formula as a fragment shader of WebGL 2; `tape.py`: as JSON for an audio worklet.
- `palette.py`, `pixels.py`, `sound.py`: what a formula looks and sounds like; `rendering.py`: as
  something to look at, `encoding.py`: what is rendered as files, whose forms are in `forms.py`.
- `reading.py`: where a formula ends in what a model wrote; `judging.py`: what is wrong with one as
  a picture or a sound, and which two look or sound the same.

Nothing is imported here, since numpy takes a while.
"""
