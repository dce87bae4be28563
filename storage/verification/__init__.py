"""What `ringbook verify` asks PostgreSQL; `checks.py` has all of it."""
