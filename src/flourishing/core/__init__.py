"""Texts and what they are made of; nothing here knows of models or of a garden.

- `text.py`: a text, its origin and its identity.
- `chain.py`: the versions of one text.
- `operation.py`: the ways in which a text comes to be.
- `sampling.py`: how tokens are drawn; each setting is declared once.
- `flaws.py`: what is wrong with an offspring.
- `diff.py`: what changed between two texts, and who wrote which words.
- `originality.py`: which words of a text stand in other texts.
- `markup.py`: texts in terminals and notebooks, escaped.
"""
