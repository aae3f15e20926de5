"""Plumbing that every service stands on: clock, log, feed, application, HTTP. It knows no court and no rule."""
