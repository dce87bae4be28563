"""The calls actor: keeps one record of every call, whatever order its webhooks come in."""
