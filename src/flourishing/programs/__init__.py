"""Programs: Python with loops and functions that draws or plays, run in a sandbox.

- `language.py`: the form of a program, and what it may not name; `helpers.txt`: the functions that
  it is given, in Python of the sandbox.
- `sandbox.py`: the workers in which programs run; `wall.py`: what the system keeps from them;
  `worker_files.py`: where they start.
- `scene.py`: what came back, checked; `svg.py`: as SVG; `melody.py`: notes as samples and as MIDI.
- `raster.py` and `raster_worker.py`: SVG as pixels, by resvg in a process of its own.
- `rendering.py`: as something to look at and to listen to, and as files.
- `reading.py`: where a program ends in what a model wrote; `judging.py`: what is wrong with one,
  and which two look or sound the same.

Nothing is imported here, since numpy takes a while.
"""
