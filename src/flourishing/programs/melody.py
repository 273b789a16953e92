"""The notes of a melody as samples and as a MIDI file.

Each note is the first few partials of a plucked string, the higher ones dying away faster. The sum
is made safe to listen to in the same way as a formula's sound.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from flourishing.formulas import sound
from flourishing.programs.scene import LONGEST, Note

_TAIL: Final = 0.6
"""Seconds that a note sounds on."""
_PARTIALS: Final = ((1, 1.0, 2.2), (2, 0.45, 3.4), (3, 0.22, 5.0), (4, 0.1, 7.0))
"""The multiple of its frequency, the level, and how fast it dies away."""
_RISE: Final = 0.006
"""Seconds in which a note reaches its level."""
_HEARD: Final = 5.5
"""Seconds after which all partials are below a hundred-thousandth, however long the note is."""
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
        lasting = min(_HEARD, note.length + _TAIL)
        count = min(len(level) - begin, round(lasting * sound.RATE))
        level[begin : begin + count] += _string(note, count)
    return sound.make_safe(level)


def _string(note: Note, count: int) -> sound.Samples:
    frequency = 440 * 2 ** ((note.pitch - 69) / 12)
    multiple, level, decay = np.array(
        [each for each in _PARTIALS if each[0] * frequency < sound.RATE / 2]
    ).T
    # A time is a coarse one and a fine one, and the exponential of their sum is a product: what
    # would be a sine for each sample and partial is one product of two narrow matrices.
    exponent = 2j * np.pi * multiple * frequency - decay
    side = math.ceil(math.sqrt(count))
    fine = np.arange(side) / sound.RATE
    first, second = (
        level * np.exp(np.outer(side * fine, exponent)),
        np.exp(np.outer(exponent, fine)),
    )
    first *= _LEVEL * note.level
    wave = np.einsum(  # and not @, whose threads wait for each other on a busy machine
        "ik,kj->ij",
        np.hstack([first.imag, first.real]),
        np.vstack([second.real, second.imag]),
    ).ravel()[:count]
    rise = np.arange(min(count, round(_RISE * sound.RATE))) / sound.RATE
    wave[: len(rise)] *= rise / _RISE
    fall = np.arange(min(count, round(note.length * sound.RATE)), count) / sound.RATE
    wave[count - len(fall) :] *= np.clip((note.length + _TAIL - fall) / _TAIL, 0, 1)
    return np.asarray(wave, np.float32)


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
