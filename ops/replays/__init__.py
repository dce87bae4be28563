"""What died, or was ignored, sent once more: planned first, frozen, then sent on the bulk lane."""
