"""The tests of NIST SP 800-22."""
