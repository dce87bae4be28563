"""What we do: one folder for each actor, named as its messages and tables are named.

Actors never import each other; they post messages. `delivery.py` brings them their messages and
decides about second chances, `clients/` asks providers (HTTP), `app.py` puts it all together.
"""
