"""The browser's pages: how they are built, and what of them lies here."""
