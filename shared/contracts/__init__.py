"""The published language (契约事件): the 64 events that may leave a service, and the envelope they leave in."""
