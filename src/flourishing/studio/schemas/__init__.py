"""What requests and responses of the API hold.

- `texts.py`: texts, broods, models and kinds.
- `beds.py`: beds, and what the page has to know first.
- `events.py`: server-sent events.
- `library.py`: collections, import, export, chapbooks and lineages.
"""
