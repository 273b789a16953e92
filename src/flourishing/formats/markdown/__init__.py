"""Markdown files: notes with front matter, and folders and archives of them.

- `page.py`: a page that a garden exported, or a person's note.
- `front_matter.py`: where front matter ends and text begins, and its fields.
- `vault.py`: folders and zip archives of pages.
"""
