"""The notes of a melody as samples and as a MIDI file.

Each note is the first few partials of a plucked string, the higher ones dying away faster. The sum
is made safe to listen to in the same way as a formula's sound.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import numpy as np

from flourishing.formulas import sound
from flourishing.programs.scene import LONGEST, Note

_TAIL: Final = 0.6
"""Seconds that a note sounds on."""
_PARTIALS: Final = ((1, 1.0, 2.2), (2, 0.45, 3.4), (3, 0.22, 5.0), (4, 0.1, 7.0))
"""The multiple of its frequency, the level, and how fast it dies away."""
_LEVEL: Final = 0.35
_TICKS: Final = 480
"""Ticks of a second in a MIDI file; its tempo is written so."""


def duration(notes: Sequence[Note]) -> float:
    """Give how long a melody lasts, in seconds.

    Args:
        notes: Its notes.
    """
    return min(LONGEST, max(note.start + note.length for note in notes) + _TAIL)


def play(notes: Sequence[Note], seconds: float) -> sound.Samples:
    """Compute a melody, made safe to listen to.

    Args:
        notes: Its notes.
        seconds: How much of it, up to 60 seconds.
    """
    level = np.zeros(max(1, round(seconds * sound.RATE)))
    for note in notes:
        begin = round(note.start * sound.RATE)
        if begin >= len(level):
            continue
        count = min(len(level) - begin, round((note.length + _TAIL) * sound.RATE))
        level[begin : begin + count] += _string(note, count)
    return sound.make_safe(level)


def _string(note: Note, count: int) -> sound.Samples:
    time = np.arange(count) / sound.RATE
    frequency = 440 * 2 ** ((note.pitch - 69) / 12)
    wave = np.zeros(count)
    for multiple, level, decay in _PARTIALS:
        if multiple * frequency < sound.RATE / 2:
            wave += level * np.sin(2 * np.pi * multiple * frequency * time) * np.exp(-decay * time)
    ends = np.clip(time / 0.006, 0, 1) * np.clip((note.length + _TAIL - time) / _TAIL, 0, 1)
    return np.asarray(_LEVEL * note.level * wave * ends, np.float32)


def midi(notes: Sequence[Note]) -> bytes:
    """Give a melody as a MIDI file of one track.

    Args:
        notes: Its notes; a pitch between two keys goes to the nearest.
    """
    import mido  # here, since few need it

    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000))
    events: list[tuple[int, int, int, str]] = []
    for note in notes:
        key, loud = min(127, round(note.pitch)), max(1, round(127 * note.level))
        begin = round(note.start * _TICKS)
        end = max(begin + 1, round((note.start + note.length) * _TICKS))
        events += [(begin, 1, key, f"note_on {loud}"), (end, 0, key, "note_off 0")]
    now = 0
    for at, _, key, what in sorted(events):
        name, _, loudness = what.partition(" ")
        track.append(mido.Message(name, note=key, velocity=int(loudness), time=at - now))
        now = at
    file = mido.MidiFile(ticks_per_beat=_TICKS)
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()
