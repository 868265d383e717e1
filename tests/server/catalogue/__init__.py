"""Tests of which games a program runs."""
