"""Read a photograph, find the face, cut it out, give its depth; the same code for training and serving."""
