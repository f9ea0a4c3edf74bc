"""Pages of the room: registrations as stated, the files in which one is worked, the rules."""
