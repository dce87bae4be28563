"""Tenants as their operator describes them: a YAML file, checked, compared and applied."""
