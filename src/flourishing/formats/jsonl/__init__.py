"""The project's own JSONL: all that a garden has, one record to a line.

- `records.py`: the kinds of record.
- `transfer.py`: writes records, finds them in a file, whatever its encoding, and reads them.
"""
