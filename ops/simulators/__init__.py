"""The providers as we meet them: stateful, over HTTP, able to fail when told."""
