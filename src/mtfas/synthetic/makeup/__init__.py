"""Make-up: what is painted or glued on a face, and how it sits on a live, blinking head."""
