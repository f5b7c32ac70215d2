"""Training and evaluation of the shipped models; needs the shared data and scikit-learn."""
