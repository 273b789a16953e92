"""Texts as files of other programs, and files as texts.

- `detect.py`: what a file is, and the texts in it.
- `plain_text.py`, `table.py`, `passage.py`, `json_values.py`: plain text, tables and JSON.
- `markdown/`: notes with front matter, vaults, zip archives.
- `jsonl/`: the project's own format, with everything that a garden has.
- `looms/`: trees of other tools.
- `chapbook/`: books as PDF, EPUB and HTML.
- `family/`: lineages, as a layout and as a page.
"""
