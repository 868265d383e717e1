"""Many nodes as one casino: the bus, who the nodes are, who owns a table, commands and events.

`cluster.Cluster` is the face of this room; `bus.Bus` is what everything in it stands on.
"""
