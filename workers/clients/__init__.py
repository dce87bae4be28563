"""What we ask of providers, over HTTP; none of these knows the database or the broker."""
