"""Many nodes as one casino: the bus, who the nodes are, who owns a table, commands and events."""
