"""The demonstration: a salon's day played on a private stack and simulated providers."""
