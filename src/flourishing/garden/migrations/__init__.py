"""The steps from each schema of a garden to the next, run by Alembic."""
