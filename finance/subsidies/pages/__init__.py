"""What each page of the room shows to one viewer: figures from queries, put in the order of the page."""
