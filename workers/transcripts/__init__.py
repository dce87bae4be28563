"""What was agreed on the telephone: three witnesses, one decision."""
