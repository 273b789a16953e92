"""Programs, which are run in a sandbox for what they draw or play; and drawings, which are SVG.

- `language.py`: the form of a program, and what it may not name; `helpers.txt`: the functions that
  it is given, in Python of the sandbox.
- `sandbox.py`: the workers in which programs run; `wall.py`: what the system keeps from them;
  `worker_files.py`: where they start.
- `scene.py`: what came back, checked; `svg.py`: as SVG; `melody.py`: notes as samples and as MIDI.
- `colours.py`: the names of colours that models write.
- `drawing.py`: the SVG of a model, built anew of what is allowed.
- `raster.py` and `raster_worker.py`: SVG as pixels, by resvg in a process of its own.
- `rendering.py`: as something to look at and to listen to, and as files.
- `reading.py`: where one of both ends in what a model wrote; `judging.py`: what is wrong with it,
  and which two look or sound the same.

Nothing is imported here, since numpy takes a while.
"""
