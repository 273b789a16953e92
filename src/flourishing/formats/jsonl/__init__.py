"""The project's own JSONL: all that a garden has, one record to a line.

- `records.py`: the kinds of record.
- `rows.py`: finds records in a file, whatever its encoding.
- `transfer.py`: writes and reads records.
"""
