"""HTTP of the supervision service: `queries` for programs, `wall` for the screen."""
