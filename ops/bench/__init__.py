"""How fast it is, measured on this machine beside something that does less."""
