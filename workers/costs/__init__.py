"""The costs actor: what a call cost, in whose currency, and what is charged for it."""
