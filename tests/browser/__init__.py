"""A person's paths through the pages: a real Chromium before a real server with the built pages."""
