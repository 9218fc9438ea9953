"""Spec and lock become ordered stages with ids. Pure: no network, nothing is written."""
