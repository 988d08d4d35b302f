"""The mathematics of the two levels, for any student and teacher that are functions of their parameters.

lower_level     the student's loss on maps and its descent (Eq. 1, 3, 6)
hypergradient   how the validation loss depends on the teacher (Eq. 8–10), three ways
higher_level    the level term, the momentum yardstick (Eq. 11, 12), and which way to choose
"""
