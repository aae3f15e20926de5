"""How evenly assignment (指派) shares cases out: a simulated year of every court, against taking turns and chance."""
