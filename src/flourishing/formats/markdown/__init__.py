"""Markdown files: notes with front matter, and folders and archives of them.

- `page.py`: a page that a garden exported, or a person's note.
- `note.py`: where front matter ends and text begins.
- `front_matter.py`: the fields of front matter.
- `vault.py`: folders and zip archives of pages.
"""
