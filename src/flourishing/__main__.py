"""`python -m flourishing`: the same as the command `flourishing`."""

from flourishing.cli import main

main()
