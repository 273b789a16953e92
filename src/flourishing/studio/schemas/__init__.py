"""What requests and responses of the API hold.

- `texts.py`: texts, broods, models and kinds, and server-sent events.
- `beds.py`: beds, and what the page has to know first.
- `library.py`: collections, import, export, chapbooks and lineages.
"""
