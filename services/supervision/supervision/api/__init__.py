"""HTTP of the supervision service: `commands` and `queries` for programs, `wall` for the screen."""
