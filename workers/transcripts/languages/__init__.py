"""How people say times, days and consent, as tables: one file a language."""
