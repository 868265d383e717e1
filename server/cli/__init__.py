"""The `croupier` command. The only room of the server that may import `client`."""
