"""The bookings actor: a slot for whoever asked, or the nearest that are free."""
