"""The notifications actor: tells people what happened, each thing once."""
