"""How the system is run and watched: CLI, logs, metrics, health, embedded stack, simulators, demo.

May import `storage` and `messages`. Never `workers` or `ingress`: it talks to them as
everyone does, by message and by HTTP.
"""
