"""Pods of WebAssembly on every engine, in each boot."""
