"""The paper's grid of experiments as data, run on any prepared set; our cell beside the printed cell."""
