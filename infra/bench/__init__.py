"""Benchmarks: every figure is a ratio against a baseline of the same run; counts and equal output are asserted."""
