"""What crosses the wire: messages, codec, errors and the schema made from them."""
