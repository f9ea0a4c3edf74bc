"""Pages of the room, a story a module: translators between a request and one action or query."""
