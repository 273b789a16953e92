"""Exchange with other tools and with plain files: what comes in, and what goes out."""
